"""From OKX's rows to the bot's reports."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.fill import CoinAmount, LiquiditySide
from bot_trading.domain.instrument import InstrumentId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import FillReport, OrderReport, StopKind
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.okx import reports, wire
from tests.builders.okx_frames import (
    TS_MS,
    account_row,
    btc_contracts,
    fill_row,
    filled,
    instrument_row,
    order_row,
)

BTC = InstrumentId("okx", "BTCUSDT")
CONTRACTS = btc_contracts()
INIT_US = 17


def ordered(
    seen: Counter[str] | None = None, kind: StopKind | None = None, **changes: Any
) -> OrderReport:
    """The report of an order."""
    row = wire.decode_order(json.dumps(order_row(**changes)).encode())
    complain = (Counter[str]() if seen is None else seen).update
    return reports.order_report(row, CONTRACTS, kind, INIT_US, lambda what: complain([what]))


def fill(seen: Counter[str] | None = None, **changes: Any) -> FillReport:
    """The report of a fill."""
    row = wire.decode_fill(json.dumps(fill_row(**changes)).encode())
    complain = (Counter[str]() if seen is None else seen).update
    return reports.fill_report(row, CONTRACTS, "USDT", INIT_US, lambda what: complain([what]))


def test_an_order_is_told_in_base_coin() -> None:
    """Contracts become coins, text becomes Decimal, milliseconds become microseconds."""
    report = ordered()
    assert (report.exchange, report.symbol) == ("okx", "BTCUSDT")
    assert (report.client_order_id, report.exchange_order_id) == ("ours1", "1001")
    assert (report.quantity, report.filled_qty) == (Decimal("0.01"), Decimal(0))
    assert (report.price, report.avg_px) == (Decimal("60000.5"), None)
    assert (report.position_idx, report.side) == (PositionIdx.LONG, OrderSide.BUY)
    assert (report.order_type, report.status) == (OrderType.LIMIT, OrderStatus.ACCEPTED)
    assert not report.reduce_only
    assert (report.ts_event_us, report.ts_init_us) == (TS_MS * 1000, INIT_US)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("live", OrderStatus.ACCEPTED),
        ("partially_filled", OrderStatus.PARTIALLY_FILLED),
        ("filled", OrderStatus.FILLED),
        ("canceled", OrderStatus.CANCELED),
        ("mmp_canceled", OrderStatus.CANCELED),
    ],
)
def test_states_are_statuses(word: str, status: OrderStatus) -> None:
    """Every state of the vendor's page has one meaning."""
    assert ordered(state=word).status is status


def test_an_unknown_state_is_no_status_and_counted() -> None:
    """It never becomes a plausible one."""
    seen: Counter[str] = Counter()
    assert ordered(seen, state="hibernating").status is None
    assert seen == {"order state 'hibernating'": 1}


@pytest.mark.parametrize(
    ("side", "leg", "closes"),
    [
        ("buy", "long", False),
        ("sell", "long", True),
        ("sell", "short", False),
        ("buy", "short", True),
    ],
)
def test_side_and_leg_tell_what_closes(side: str, leg: str, closes: bool) -> None:
    """OKX's own flag says nothing in long/short mode."""
    assert ordered(side=side, posSide=leg, reduceOnly="").reduce_only is closes


def test_in_net_mode_the_flag_tells() -> None:
    """A leg of net mode has the index 0."""
    report = ordered(posSide="net", reduceOnly="true")
    assert (report.position_idx, report.reduce_only) == (PositionIdx.ONE_WAY, True)


def test_what_ended_an_order_is_told() -> None:
    """Categories that are not usual, and who canceled."""
    report = ordered(
        category="full_liquidation", cancelSource="20", cancelSourceReason="position closed"
    )
    assert report.reason == "full_liquidation cancelSource 20 position closed"
    assert ordered().reason == ""
    assert ordered(kind=StopKind.STOP_LOSS).stop_kind is StopKind.STOP_LOSS


@pytest.mark.parametrize(
    "changes",
    [
        {"side": "BUY"},
        {"posSide": ""},
        {"ordType": "iceberg"},
        {"sz": "0"},
        {"sz": "-1"},
        {"sz": "NaN"},
        {"sz": "1_000"},
        {"sz": "٣"},
        {"accFillSz": "-0.1"},
        {"accFillSz": "Infinity"},
        {"avgPx": "-5"},
        {"px": "1e999"},
        {"instId": "BTC-USDT"},
        {"instId": "ETH-USDT-SWAP"},
    ],
)
def test_an_impossible_order_is_malformed(changes: dict[str, Any]) -> None:
    """No word or number is bent into a plausible one."""
    with pytest.raises(MalformedMessage):
        ordered(**changes)


def test_a_fill_names_leg_price_and_what_was_paid() -> None:
    """A fee below zero was paid, which is above zero here."""
    report = fill()
    assert (report.last_qty, report.last_px) == (Decimal("0.004"), Decimal("60000.5"))
    assert report.commission == Decimal("0.120001")
    assert report.position_idx is PositionIdx.LONG
    assert report.liquidity_side is LiquiditySide.TAKER
    assert fill(execType="M", fee="0.5").commission == Decimal("-0.5")
    assert fill(execType="M").liquidity_side is LiquiditySide.MAKER


def test_a_fee_in_another_coin_stays_known() -> None:
    """It takes nothing of the settle coin; only one without a name is complained of."""
    seen: Counter[str] = Counter()
    told = fill(seen, feeCcy="OKB")
    paid = Decimal("0.120001")
    assert (told.commission, told.other_commission) == (0, CoinAmount(amount=paid, coin="OKB"))
    assert not seen
    unnamed = fill(seen, feeCcy="").other_commission
    assert unnamed == CoinAmount(amount=paid, coin="unknown")
    assert seen == {"commission in '', expected USDT": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"execType": ""},
        {"execType": "X"},
        {"fillSz": "0"},
        {"fillPx": ""},
        {"fillPx": "-1"},
        {"fee": ""},
        {"fillTime": "soon"},
        {"fillTime": "9" * 20},
        {"posSide": "both"},
    ],
)
def test_an_impossible_fill_is_malformed(changes: dict[str, Any]) -> None:
    """A fill moves money: nothing of it is guessed."""
    with pytest.raises(MalformedMessage):
        fill(**changes)


def test_the_stream_and_the_list_tell_the_same_fill() -> None:
    """Delivered twice it is one fact."""
    row = wire.decode_order(json.dumps(filled()).encode())
    streamed = reports.fill_of_order(row, CONTRACTS, "USDT", INIT_US, print)
    assert streamed == fill()


@pytest.mark.parametrize("changes", [{}, {"tradeId": "7"}, {"tradeId": "7", "fillSz": ""}])
def test_an_order_without_a_fill_tells_of_none(changes: dict[str, Any]) -> None:
    """A row that only changes a state is no execution."""
    row = wire.decode_order(json.dumps(order_row(**changes)).encode())
    assert reports.fill_of_order(row, CONTRACTS, "USDT", INIT_US, print) is None


def test_the_balance_is_the_settle_coins() -> None:
    """Equity, cash and what is available; another coin's account tells nothing."""
    row = wire.decode_balance(json.dumps(account_row()).encode())
    balance = reports.balance_of(row, "USDT")
    assert balance is not None
    assert (balance.equity, balance.wallet_balance) == (Decimal("1001.5"), Decimal(1000))
    assert balance.available == Decimal("900.25")
    assert reports.balance_of(row, "USDC") is None
    assert reports.no_balance("USDC", 5).equity == 0


def test_available_falls_back_to_the_coins_balance() -> None:
    """Accounts that share margin over coins leave the other field empty."""
    coin = {"ccy": "USDT", "eq": "1", "cashBal": "2", "availEq": "", "availBal": "0.5"}
    row = wire.decode_balance(json.dumps(account_row(details=[coin])).encode())
    balance = reports.balance_of(row, "USDT")
    assert balance is not None
    assert balance.available == Decimal("0.5")
    coin["availBal"] = ""
    row = wire.decode_balance(json.dumps(account_row(details=[coin])).encode())
    with pytest.raises(MalformedMessage, match="availEq"):
        reports.balance_of(row, "USDT")


def test_an_instrument_is_told_in_base_coin() -> None:
    """Grid and bounds follow from lots and contract value."""
    row = wire.decode_instrument(json.dumps(instrument_row(ctMult="10")).encode())
    contract = reports.contract_of(row, "USDT")
    assert contract is not None
    instrument = reports.instrument_of(row, contract, 480)
    assert instrument.instrument_id == BTC
    assert (instrument.qty_step, instrument.min_qty) == (Decimal("0.01"), Decimal("0.01"))
    assert (instrument.max_qty, instrument.max_market_qty) == (Decimal(1000), Decimal(100))
    assert (instrument.base_coin, instrument.quote_coin) == ("BTC", "USDT")
    assert (instrument.funding_interval_min, instrument.is_trading) == (480, True)
    suspended = wire.decode_instrument(json.dumps(instrument_row(state="suspend")).encode())
    assert not reports.instrument_of(suspended, contract, 480).is_trading


@pytest.mark.parametrize(
    "changes", [{"ctType": "inverse"}, {"settleCcy": "USDC"}, {"ctValCcy": "USD"}]
)
def test_contracts_that_count_something_else_are_left_out(changes: dict[str, str]) -> None:
    """Base coin of a contract must be told, never assumed."""
    row = wire.decode_instrument(json.dumps(instrument_row(**changes)).encode())
    assert reports.contract_of(row, "USDT") is None


@pytest.mark.parametrize("changes", [{"ctVal": "0"}, {"lotSz": ""}, {"minSz": "-1"}])
def test_an_impossible_contract_is_malformed(changes: dict[str, str]) -> None:
    """A contract of nothing would turn every size into nothing."""
    row = wire.decode_instrument(json.dumps(instrument_row(**changes)).encode())
    with pytest.raises(MalformedMessage):
        reports.contract_of(row, "USDT")


OPEN_MS = TS_MS - TS_MS % 300_000
COLUMNS = [str(OPEN_MS), "100.5", "101", "99.5", "100", "1250", "12.5", "1250", "1"]


def test_a_candle_counts_base_coin() -> None:
    """The seventh column is volume in base coin, the ninth says whether it is closed."""
    candle, is_closed = reports.candle_of(BTC, 300, COLUMNS)
    assert (candle.open_us, candle.volume, is_closed) == (OPEN_MS * 1000, Decimal("12.5"), True)
    assert not reports.candle_of(BTC, 300, [*COLUMNS[:8], "0"])[1]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (0, str(OPEN_MS + 1)),
        (0, "-1"),
        (0, "now"),
        (1, "102"),
        (2, "0"),
        (3, "-1"),
        (4, "NaN"),
        (6, "-1"),
        (6, ""),
        (8, "2"),
        (8, ""),
    ],
)
def test_an_impossible_candle_is_malformed(column: int, text: str) -> None:
    """No market can have made it."""
    texts = [*COLUMNS[:column], text, *COLUMNS[column + 1 :]]
    with pytest.raises(MalformedMessage):
        reports.candle_of(BTC, 300, texts)
    with pytest.raises(MalformedMessage):
        reports.candle_of(BTC, 300, COLUMNS[:8])


WORDS = st.one_of(st.text(max_size=30), st.integers().map(str), st.floats().map(str))


@given(st.dictionaries(st.sampled_from(sorted(filled())), WORDS, max_size=4))
def test_no_words_in_a_row_are_fatal(changes: dict[str, str]) -> None:
    """Whatever a field says, a row is understood or malformed, and money stays finite."""
    with contextlib.suppress(MalformedMessage):
        row = wire.decode(wire.decode_order, json.dumps(filled(**changes)).encode(), "order")
        report = reports.order_report(row, CONTRACTS, None, INIT_US, lambda what: None)
        assert report.quantity > 0
        assert report.quantity.is_finite()
        told = reports.fill_of_order(row, CONTRACTS, "USDT", INIT_US, lambda what: None)
        if told is not None:
            assert told.last_qty > 0
            assert told.last_px > 0
            assert told.commission.is_finite()
