"""Rows to reports: every field in its place, and contradictions refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.fill import CoinAmount, LiquiditySide
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import OrderReport, StopKind
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance import reports, wire
from bot_trading.exchanges.binance.names import StopNames
from bot_trading.exchanges.binance.reports import STATUSES
from tests.builders.binance_frames import TS_MS, algo_row, order_row, trade_row

KIND_OF = StopNames().kind_of


def order(**changes: Any) -> OrderReport:
    """The report of an order row, without complaints."""
    said: list[str] = []
    row = wire.decode_order(json.dumps(order_row(**changes)).encode())
    report = reports.order_report(row, 5, said.append, KIND_OF)
    assert not said
    return report


def test_an_order_row_becomes_a_report() -> None:
    """Zero prices are no prices; ids are text; times are microseconds."""
    report = order()
    assert (report.client_order_id, report.exchange_order_id) == ("ours-1", "8886774")
    assert (report.side, report.position_idx) == (OrderSide.BUY, PositionIdx.LONG)
    assert (report.order_type, report.status) == (OrderType.LIMIT, OrderStatus.ACCEPTED)
    assert (report.quantity, report.filled_qty) == (Decimal("0.010"), Decimal(0))
    assert (report.price, report.avg_px) == (Decimal("60000.5"), None)
    assert (report.trigger_price, report.stop_kind) == (None, None)
    assert (report.ts_event_us, report.ts_init_us) == (TS_MS * 1000, 5)


@pytest.mark.parametrize(
    ("side", "leg", "closes"),
    [
        ("BUY", "LONG", False),
        ("SELL", "LONG", True),
        ("SELL", "SHORT", False),
        ("BUY", "SHORT", True),
        ("SELL", "BOTH", False),
    ],
)
def test_the_side_tells_what_closes(side: str, leg: str, closes: bool) -> None:
    """In hedge mode nothing else says it; in one-way mode a side alone says nothing."""
    assert order(side=side, positionSide=leg).reduce_only is closes


@pytest.mark.parametrize("word", STATUSES)
def test_every_known_status_has_its_meaning(word: str) -> None:
    """What the exchange ended is canceled, never rejected, since a part may have filled."""
    status = order(status=word).status
    assert status is STATUSES[word]
    if word.startswith("EXPIRED"):
        assert status is OrderStatus.CANCELED


def test_an_unknown_status_stays_unknown() -> None:
    """None, and complained of by its name."""
    said: list[str] = []
    row = wire.decode_order(json.dumps(order_row(status="NEW_ADL")).encode())
    assert reports.order_report(row, 0, said.append, KIND_OF).status is None
    assert said == ["order status 'NEW_ADL'"]


@pytest.mark.parametrize(
    "changes",
    [
        {"side": "LONG"},
        {"positionSide": "UP"},
        {"type": "TWAP"},
        {"origQty": "-1"},
        {"executedQty": "many"},
        {"avgPrice": "1e999"},
    ],
)
def test_rows_that_cannot_be_are_malformed(changes: dict[str, Any]) -> None:
    """A row with a hole is no report."""
    with pytest.raises(MalformedMessage):
        order(**changes)


def test_conditional_orders_wait_and_ours_are_the_legs() -> None:
    """Both kinds are told by our mark; without it, it is an order like any other."""
    for named, kind, shown in (
        ("sl-000000-ours-1", StopKind.STOP_LOSS, ""),
        ("tp-000000-ours-1", StopKind.TAKE_PROFIT, ""),
        ("by-hand", None, "by-hand"),
        ("tp-by-hand", None, "tp-by-hand"),
    ):
        row = wire.decode_algo(json.dumps(algo_row(clientAlgoId=named)).encode())
        report = reports.algo_report(row, 0, pytest.fail, KIND_OF)
        assert (report.stop_kind, report.client_order_id) == (kind, shown)
        assert (report.status, report.reduce_only) == (OrderStatus.UNTRIGGERED, True)
        assert report.trigger_price == Decimal("59000.0")
        assert report.order_type is OrderType.STOP_MARKET


def test_a_trade_row_becomes_a_fill() -> None:
    """Its order's name is told beside it, and stops of ours have none."""
    row = wire.decode_trade(json.dumps(trade_row(maker=True)).encode())
    fill = reports.trade_report(row, "ours-1", "USDT", 0, pytest.fail, KIND_OF)
    assert (fill.trade_id, fill.client_order_id) == ("77", "ours-1")
    assert (fill.last_qty, fill.last_px) == (Decimal("0.004"), Decimal("60000.5"))
    assert fill.liquidity_side is LiquiditySide.MAKER
    assert fill.position_idx is PositionIdx.LONG
    assert fill.stop_kind is None
    stopped = reports.trade_report(row, "tp-000000-x", "USDT", 0, pytest.fail, KIND_OF)
    assert (stopped.client_order_id, stopped.stop_kind) == ("", StopKind.TAKE_PROFIT)


def test_a_fee_in_another_coin_stays_known() -> None:
    """It takes nothing of the settle coin, and is nothing that has to be asked for again."""
    said: list[str] = []
    row = wire.decode_trade(json.dumps(trade_row(commissionAsset="BNB")).encode())
    fill = reports.trade_report(row, "", "USDT", 0, said.append, KIND_OF)
    assert (fill.commission, fill.other_commission) == (
        0,
        CoinAmount(amount=Decimal("0.1200010"), coin="BNB"),
    )
    assert said == []


def test_a_leg_has_the_sign_of_its_side() -> None:
    """Positive long, negative short, either in one-way mode."""
    for idx, text, held in (
        (PositionIdx.LONG, "0.010", "0.010"),
        (PositionIdx.SHORT, "-0.010", "0.010"),
        (PositionIdx.ONE_WAY, "-0.010", "0.010"),
        (PositionIdx.SHORT, "0.000", "0"),
    ):
        leg = LegId("binance", "BTCUSDT", idx)
        assert reports.held_quantity(leg, text) == Decimal(held)
    for idx, text in ((PositionIdx.LONG, "-1"), (PositionIdx.SHORT, "1")):
        with pytest.raises(MalformedMessage, match="sign"):
            reports.held_quantity(LegId("binance", "BTCUSDT", idx), text)
