"""One row per exchange client: how it is made, and a life of it against the running simulator.

A further client joins the contract with one entry in `VENUES`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import Event, StreamUp
from bot_trading.domain.order import ApprovedOrder, OrderSide, OrderStatus
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    FillReport,
    LegReport,
    OrderAccepted,
    OrderReport,
    QuoteSeen,
    StopKind,
)
from bot_trading.exchanges.binance import config as binance
from bot_trading.exchanges.binance.client import BinanceClient
from bot_trading.exchanges.bybit import config as bybit
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.manager import TradingAccount
from bot_trading.exchanges.okx import config as okx
from bot_trading.exchanges.okx.client import OkxClient
from tests.builders.intents import approved
from tests.builders.waiting import wait_until

__all__ = ["VENUES", "Life", "Market", "Venue", "living", "running_market"]

ROOT = Path(__file__).resolve().parents[2]
SYMBOL = "BTCUSDT"
INTERVAL_S = 60
ACCOUNTS = 40
E = TypeVar("E")
Make = Callable[[Mapping[str, str], Mapping[str, Any]], TradingAccount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One exchange; `make` gets what the simulator announced (keys included) and changes.

    `key_place` and `create_place` are where the key is checked and orders are made, in the words
    of a fault plan.
    """

    exchange: str
    make: Make
    key_place: str
    create_place: str

    @property
    def long(self) -> LegId:
        """The long leg of the contract's symbol."""
        return LegId(self.exchange, SYMBOL, PositionIdx.LONG)

    @property
    def short(self) -> LegId:
        """The short leg."""
        return LegId(self.exchange, SYMBOL, PositionIdx.SHORT)


def _bybit(told: Mapping[str, str], changes: Mapping[str, Any]) -> TradingAccount:
    config = bybit.BybitConfig(
        rest_url=told["rest_url"],
        ws_public_url=told["ws_public_url"],
        ws_private_url=told["ws_private_url"],
        ws_trade_url=told["ws_trade_url"],
        **changes,
    )
    keys = bybit.Credentials(api_key=told["api_key"], api_secret=told["api_secret"])
    return BybitClient(config, keys, random_ratio=lambda: 0.0)


def _okx(told: Mapping[str, str], changes: Mapping[str, Any]) -> TradingAccount:
    config = okx.OkxConfig(
        rest_url=told["rest_url"],
        ws_public_url=told["ws_public_url"],
        ws_private_url=told["ws_private_url"],
        ws_business_url=told["ws_business_url"],
        **changes,
    )
    keys = okx.Credentials(
        api_key=told["api_key"], api_secret=told["api_secret"], passphrase=told["passphrase"]
    )
    return OkxClient(config, keys, random_ratio=lambda: 0.0)


def _binance(told: Mapping[str, str], changes: Mapping[str, Any]) -> TradingAccount:
    config = binance.BinanceConfig(
        rest_url=told["rest_url"],
        ws_public_url=told["ws_public_url"],
        ws_market_url=told["ws_public_url"],
        ws_private_url=told["ws_private_url"],
        key_url=told["rest_url"],
        weight_per_minute=1_000_000,  # The simulator counts, and with its limits off takes it all.
        **changes,
    )
    keys = binance.Credentials(api_key=told["api_key"], api_secret=told["api_secret"])
    return BinanceClient(config, keys, random_ratio=lambda: 0.0)


VENUES = (
    Venue(
        exchange="bybit",
        make=_bybit,
        key_place="/v5/user/query-api",
        create_place="/v5/order/create",
    ),
    Venue(
        exchange="binance",
        make=_binance,
        key_place="GET /sapi/v1/account/apiRestrictions",
        create_place="POST /fapi/v1/order",
    ),
    Venue(
        exchange="okx",
        make=_okx,
        key_place="GET /api/v5/account/config",
        create_place="POST /api/v5/trade/order",
    ),
)


class Market:
    """A running simulator of every venue; each client gets an account of its own."""

    def __init__(self, announced: Mapping[str, Any]) -> None:
        self._told: dict[str, dict[str, Any]] = {}
        self._keys: dict[str, Iterator[Mapping[str, str]]] = {}
        for venue in VENUES:
            told = self._told[venue.exchange] = dict(announced[venue.exchange])
            first = {name: told[name] for name in ("api_key", "api_secret")}
            self._keys[venue.exchange] = chain([first], told.pop("more_accounts", []))

    def port(self, venue: Venue) -> int:
        """Where the venue listens."""
        return int(str(self._told[venue.exchange]["rest_url"]).rpartition(":")[2])

    def account(self, venue: Venue) -> Mapping[str, str]:
        """Keys that nobody had before."""
        return next(self._keys[venue.exchange])

    def client(
        self,
        venue: Venue,
        keys: Mapping[str, str] | None = None,
        *,
        via_port: int | None = None,
        **changes: Any,
    ) -> TradingAccount:
        """A client of these keys, or of a fresh account, perhaps through a proxy's port."""
        told = dict(self._told[venue.exchange])
        if via_port is not None:
            here, there = f":{self.port(venue)}", f":{via_port}"
            told = {name: str(value).replace(here, there) for name, value in told.items()}
        return venue.make(told | dict(keys or self.account(venue)), changes)


@contextmanager
def running_market(*options: str) -> Iterator[Market]:
    """Every venue's simulator in one process beside a fixed market; it ends with the block."""
    names = ",".join(venue.exchange for venue in VENUES)
    command = (
        *(sys.executable, "-m", "exchange_simulator", "--json", "--port", "0"),
        *("--until-stdin-closes", "--market", names, "--seed", "7", "--speed", "60"),
        *("--limits", "off", "--more-accounts", str(ACCOUNTS), *options),
    )
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1) as process:  # noqa: S603
        try:
            if process.stdout is None:
                raise RuntimeError("the simulator's output is a pipe")
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the simulator did not start; its reason is on stderr")
            yield Market(json.loads(line))
        finally:
            process.terminate()


class Life:
    """An open client with running streams, and everything that they said."""

    def __init__(self, venue: Venue, client: TradingAccount, price: Decimal) -> None:
        self.venue = venue
        self.client = client
        self.price = price
        self.events: list[Event] = []

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def near(self, ratio: str) -> Decimal:
        """The price times a ratio, on the tick grid."""
        return (self.price * Decimal(ratio)).quantize(Decimal("0.1"))

    def order(self, name: str, leg_id: LegId, *, closes: bool = False, **parts: Any) -> Any:
        """An approved order of a leg, by default at the market."""
        buys = leg_id.is_long is not closes
        return approved(
            name,
            leg_id=leg_id,
            side=OrderSide.BUY if buys else OrderSide.SELL,
            reduce_only=closes,
            reference_px=self.price,
            **parts,
        )

    async def filled(self, order: ApprovedOrder) -> OrderReport:
        """Place an order and wait until streams tell its end and all of its fills."""
        answer = await self.client.place_order(order)
        assert isinstance(answer, OrderAccepted), answer
        named = order.intent.client_order_id
        report = await self.settled(named, OrderStatus.FILLED)
        await self.told(report)
        return report

    def filled_qty(self, client_order_id: str) -> Decimal:
        """What streamed fills of an order sum to, each trade counted once."""
        fills = {fill.trade_id: fill for fill in self.of(FillReport)}
        ours = (fill for fill in fills.values() if fill.client_order_id == client_order_id)
        return sum((fill.last_qty for fill in ours), Decimal(0))

    async def told(self, end: OrderReport) -> None:
        """Wait until the streamed fills of an order are those that its report counts."""
        await wait_until(lambda: self.filled_qty(end.client_order_id) == end.filled_qty)

    async def settled(self, client_order_id: str, *statuses: OrderStatus) -> OrderReport:
        """The streamed report of an order once it has one of these statuses."""

        def found() -> list[OrderReport]:
            return [
                report
                for report in self.of(OrderReport)
                if report.client_order_id == client_order_id and report.status in statuses
            ]

        await wait_until(found)
        return found()[-1]

    async def snapshot(self) -> ExchangeSnapshot:
        """Everything, with the fills of the last day of the market."""
        quote = self.of(QuoteSeen)[-1].quote
        return await self.client.take_snapshot([SYMBOL], quote.ts_event_us - 86_400_000_000)

    async def leg(self, leg_id: LegId) -> LegReport:
        """What the exchange says of a leg now."""
        legs = await self.client.get_positions([SYMBOL])
        return next(leg for leg in legs if leg.leg_id == leg_id)

    async def rests(
        self, leg_id: LegId, quantity: str, stop: Decimal | None, target: Decimal | None
    ) -> None:
        """Wait until exactly this quantity is held and this protection rests."""
        wanted = (Decimal(quantity), stop, target)
        seen: object = None
        for _ in range(200):
            leg = await self.leg(leg_id)
            seen = (leg.quantity, leg.stop_loss, leg.take_profit)
            if seen == wanted:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{leg_id} is {seen}, expected {wanted}")

    async def nothing_rests(self) -> None:
        """Wait until no order of the account rests."""
        await self._rest_in_number(0)

    async def rests_only(self, protection: LegProtection) -> None:
        """Wait until exactly the two orders of this protection rest, each for the whole leg."""
        orders = await self._rest_in_number(2)
        assert {(order.stop_kind, order.trigger_price) for order in orders} == {
            (StopKind.STOP_LOSS, protection.stop_loss),
            (StopKind.TAKE_PROFIT, protection.take_profit),
        }

    async def _rest_in_number(self, number: int) -> Sequence[OrderReport]:
        orders = (await self.snapshot()).open_orders
        for _ in range(200):
            if len(orders) == number:
                return orders
            await asyncio.sleep(0.05)
            orders = (await self.snapshot()).open_orders
        raise AssertionError(f"{number} orders should rest, and these do: {orders}")


@asynccontextmanager
async def living(venue: Venue, client: TradingAccount) -> AsyncIterator[Life]:
    """Open a client, run its streams, wait until they are up and prices are known."""
    await client.open()
    candles = await client.get_candles(InstrumentId(venue.exchange, SYMBOL), INTERVAL_S, 5)
    life = Life(venue, client, candles[-1].close)
    task = asyncio.create_task(client.run_streams([SYMBOL], INTERVAL_S, life.events.append))
    try:
        await wait_until(lambda: life.of(StreamUp) and life.of(QuoteSeen))
        yield life
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()
