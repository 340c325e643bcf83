"""A person's own account beside the bot: a market in hedge mode, orders that rest, an open leg."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec

from bot_trading.clock import now_us
from bot_trading.domain.order import OrderType, TimeInForce
from bot_trading.domain.reports import ExchangeSnapshot, OrderAccepted
from bot_trading.exchanges.bybit import requests
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.rest import Group
from tests.builders.intents import approved, intent
from tests.builders.running_simulator import Simulator, running_simulator

__all__ = ["CALM", "let_rest", "open_leg", "persons_market", "price_of", "read_account"]

CALM = ("--symbols", "BTCUSDT,ETHUSDT", "--speed", "1")


@asynccontextmanager
async def persons_market() -> AsyncIterator[tuple[Simulator, BybitClient]]:
    """A simulator in hedge mode and a person's own client of its account."""
    async with running_simulator(*CALM, "--position-mode", "hedge") as simulator:
        client = simulator.client()
        await client.open()
        try:
            yield simulator, client
        finally:
            await client.close()


async def let_rest(client: BybitClient, count: int) -> None:
    """Let `count` limit orders rest far below the market, twenty in a request."""
    price = await price_of(client) * Decimal("0.9")
    for start in range(0, count, 20):
        bodies = [
            msgspec.json.decode(
                requests.create_body(
                    intent(
                        f"rest-{number}",
                        order_type=OrderType.LIMIT,
                        price=price.quantize(Decimal(1)),
                        time_in_force=TimeInForce.GTC,
                        quantity=Decimal("0.001"),
                    )
                )
            )
            for number in range(start, min(start + 20, count))
        ]
        body = msgspec.json.encode({"category": "linear", "request": bodies})
        reply = await client._rest.send(
            "/v5/order/create-batch", body, Group.SETTINGS, urgent=False
        )
        assert reply.code == 0


async def price_of(client: BybitClient) -> Decimal:
    [candle] = await client.get_candles(intent().leg_id.instrument_id, 60, 1)
    return candle.close


async def open_leg(client: BybitClient) -> None:
    price = await price_of(client)
    stop = (price * Decimal("0.8")).quantize(Decimal(1))
    answer = await client.place_order(
        approved("opens", time_in_force=TimeInForce.IOC, stop_loss=stop)
    )
    assert isinstance(answer, OrderAccepted)
    async with asyncio.timeout(10):
        while True:
            if [leg for leg in (await read_account(client)).legs if leg.quantity]:
                return
            await asyncio.sleep(0.05)


async def read_account(client: BybitClient) -> ExchangeSnapshot:
    return await client.take_snapshot((), now_us())
