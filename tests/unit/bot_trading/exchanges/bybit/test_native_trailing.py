"""A trailing stop that Bybit itself moves: asked for once, and believed once it is read back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from bot_trading.domain.position import LegProtection, NativeTrailing
from bot_trading.domain.reports import ProtectionRefused, ProtectionSet
from bot_trading.exchanges.bybit.client import BybitClient
from tests.builders.bybit_frames import position_row
from tests.builders.intents import LONG
from tests.builders.scripted_exchange import Answer, ScriptedExchange, answered

STOP = "/v5/position/trading-stop"
LEGS = "/v5/position/list"
TRAILED = LegProtection(
    leg_id=LONG,
    stop_loss=Decimal(59000),
    take_profit=None,
    trailing=NativeTrailing(distance=Decimal(400), active_px=Decimal(61800)),
)


@asynccontextmanager
async def opened(exchange: ScriptedExchange, **changes: Any) -> AsyncIterator[BybitClient]:
    """An open client; the calls of its start are forgotten."""
    client = exchange.client(**changes)
    await client.open()
    exchange.seen.clear()
    try:
        yield client
    finally:
        await client.close()


def page(*rows: object) -> Answer:
    """A last page of rows."""
    return answered({"list": rows, "nextPageCursor": ""})


def _legs(**changes: str) -> Answer:
    return page(position_row(**changes), position_row(positionIdx=2, size="0"))


async def test_a_trailing_stop_rests_once_the_position_tells_its_distance() -> None:
    """It is asked for with its activation, beside the stop loss that rests."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        exchange.answers[LEGS] = [_legs(trailingStop="0.00"), _legs(trailingStop="400.00")]
        exchange.answers[STOP] = [answered()]
        result = await client.set_protection(TRAILED)
        [sent] = exchange.bodies(STOP)
    assert isinstance(result, ProtectionSet)
    assert (sent["trailingStop"], sent["activePrice"]) == ("400", "61800")
    assert (sent["stopLoss"], sent["tpslMode"], sent["positionIdx"]) == ("59000", "Full", 1)


async def test_a_trailing_stop_that_rests_already_is_not_set_again() -> None:
    """It would follow anew from the price of now, and could stand looser than it did."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        exchange.answers[LEGS] = [_legs(trailingStop="400")]
        exchange.answers[STOP] = [answered(code=34040)]
        result = await client.set_protection(TRAILED)
        [sent] = exchange.bodies(STOP)
    assert result.protection == TRAILED
    assert isinstance(result, ProtectionSet)
    assert "trailingStop" not in sent


async def test_a_trailing_stop_that_no_position_tells_is_unknown() -> None:
    """The exchange said yes, and shows none: it is asked again later."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        exchange.answers[LEGS] = [_legs(trailingStop="0")]
        exchange.answers[STOP] = [answered()]
        result = await client.set_protection(TRAILED)
    assert isinstance(result, ProtectionRefused)
    assert result.code == "unknown"
