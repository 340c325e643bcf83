"""A core over two exchanges, the first of them preferred, both ready to trade."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import StreamUp, TimePassed
from bot_trading.domain.reports import ExchangeSnapshot, QuoteSeen
from bot_trading.engine.state import EngineState
from tests.builders.core import (
    BTC,
    NOW_US,
    a_balance,
    a_core_config,
    a_quote,
    a_snapshot,
    an_instrument,
    steps,
)

__all__ = ["BTC_THERE", "LONG_THERE", "NAMES", "SECOND_US", "a_tick", "snapshot_of", "two_ready"]

NAMES = ("bybit", "binance")
BTC_THERE = InstrumentId("binance", "BTCUSDT")
LONG_THERE = LegId("binance", "BTCUSDT", PositionIdx.LONG)
SECOND_US = 1_000_000


def snapshot_of(exchange: str, **changes: Any) -> ExchangeSnapshot:
    """An empty hedge-mode account with 10000 USDT on an exchange."""
    found = a_snapshot()
    parts: dict[str, Any] = {
        "account": replace(found.account, exchange=exchange),
        "instruments": (an_instrument(instrument_id=InstrumentId(exchange, BTC.symbol)),),
        "balance": a_balance(exchange=exchange),
    }
    return a_snapshot(**(parts | changes))


def two_ready(**changes: Any) -> EngineState:
    """Both exchanges connected, reconciled and priced; entries go to the first."""
    config = a_core_config(instrument_ids=(BTC, BTC_THERE), **changes)
    state = EngineState(config=config)
    for exchange in NAMES:
        quote = a_quote(instrument_id=InstrumentId(exchange, BTC.symbol))
        steps(
            state,
            StreamUp(exchange=exchange, ts_init_us=NOW_US),
            snapshot_of(exchange),
            QuoteSeen(quote=quote),
        )
    return state


def a_tick(seconds: float) -> TimePassed:
    """Our clock, so many seconds after the beginning."""
    return TimePassed(ts_init_us=NOW_US + int(seconds * SECOND_US))
