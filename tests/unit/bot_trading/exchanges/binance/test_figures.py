"""Figures out of text: exact, finite, and none where there is none."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance import figures, wire
from tests.builders.binance_frames import TS_MS, symbol_row

BTC = InstrumentId("binance", "BTCUSDT")


def symbol(**changes: Any) -> wire.SymbolRow:
    """A row of exchangeInfo."""
    return wire.decode_symbol(json.dumps(symbol_row(**changes)).encode())


def test_an_instrument_comes_from_its_filters() -> None:
    """Grid, bounds and minimum; leverage and funding are told elsewhere."""
    found = figures.instrument_of(symbol(), 125, 240)
    assert (found.tick_size, found.qty_step) == (Decimal("0.10"), Decimal("0.001"))
    assert (found.max_qty, found.max_market_qty) == (Decimal(1000), Decimal(120))
    assert (found.min_notional, found.leverage_max) == (Decimal(100), Decimal(125))
    assert (found.funding_interval_min, found.is_trading) == (240, True)
    assert not figures.instrument_of(symbol(status="SETTLING"), 125, 480).is_trading
    assert not figures.instrument_of(symbol(contractType="CURRENT_QUARTER"), 125, 480).is_trading


@pytest.mark.parametrize("missing", range(4))
def test_an_instrument_without_a_filter_is_malformed(missing: int) -> None:
    """A grid that was not told is not made up."""
    filters = symbol_row()["filters"]
    del filters[missing]
    with pytest.raises(MalformedMessage):
        figures.instrument_of(symbol(filters=filters), 125, 480)


def test_an_impossible_candle_is_malformed() -> None:
    """High below low is no candle."""
    with pytest.raises(MalformedMessage, match="candle of"):
        figures.candle_of(BTC, 60, TS_MS, ("1", "0.5", "2", "1", "1"))
    candle = figures.candle_of(BTC, 60, TS_MS, ("1", "3", "0.5", "2", "7"))
    assert (candle.open_us, candle.volume) == (TS_MS * 1000, Decimal(7))


def test_money_of_the_settle_coin_alone() -> None:
    """Other coins are no money here; none listed is none held; time does not run back."""
    row = wire.AssetRow(
        asset="USDT",
        wallet_balance="10",
        margin_balance="11",
        available_balance="9",
        update_time=5,
    )
    balance = figures.balance_of([row], "USDT", 0)
    assert (balance.wallet_balance, balance.equity, balance.available) == (10, 11, 9)
    assert balance.ts_event_us == 5_000
    assert figures.balance_of([row], "USDT", 9_000).ts_event_us == 9_000
    assert figures.balance_of([row], "USDC", 9_000).equity == 0
