"""From rows to reports: nothing unknown becomes plausible."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.fill import CoinAmount, LiquiditySide
from bot_trading.domain.instrument import InstrumentId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import FillReport, FundingReport, OrderReport, StopKind
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit import reports, wire
from tests.builders.bybit_frames import (
    TS_MS,
    execution_row,
    order_row,
    position_row,
    wallet_row,
)


class Complaints(list[str]):
    """Collects what was complained of."""

    def __call__(self, what: str) -> None:
        self.append(what)


def order(complain: Complaints | None = None, **changes: Any) -> OrderReport:
    """An order row with changes, reported."""
    row = wire.decode_order(json.dumps(order_row(**changes)).encode())
    return reports.order_report(row, 1, Complaints() if complain is None else complain)


def execution(
    complain: Complaints | None = None, **changes: Any
) -> FillReport | FundingReport | None:
    """An execution row with changes, reported."""
    row = wire.decode_execution(json.dumps(execution_row(**changes)).encode())
    return reports.execution_report(
        row, None, "USDT", 1, Complaints() if complain is None else complain
    )


def test_an_order_is_reported_whole() -> None:
    """Every field arrives, money as Decimal, times in microseconds."""
    report = order()
    assert report == OrderReport(
        exchange="bybit",
        symbol="BTCUSDT",
        client_order_id="ours-1",
        exchange_order_id="theirs-1",
        position_idx=PositionIdx.LONG,
        side=OrderSide.BUY,
        order_type=OrderType.LIMIT,
        status=OrderStatus.ACCEPTED,
        quantity=Decimal("0.010"),
        filled_qty=Decimal(0),
        avg_px=None,
        price=Decimal("60000.5"),
        trigger_price=None,
        reduce_only=False,
        stop_kind=None,
        reason="",
        ts_event_us=TS_MS * 1000,
        ts_init_us=1,
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("New", OrderStatus.ACCEPTED),
        ("PartiallyFilled", OrderStatus.PARTIALLY_FILLED),
        ("Untriggered", OrderStatus.UNTRIGGERED),
        ("Triggered", OrderStatus.ACCEPTED),
        ("Filled", OrderStatus.FILLED),
        ("Cancelled", OrderStatus.CANCELED),
        ("Deactivated", OrderStatus.CANCELED),
        ("Rejected", OrderStatus.REJECTED),
    ],
)
def test_each_status_word_has_its_status(word: str, status: OrderStatus) -> None:
    """All statuses of the vendor's list are known."""
    assert order(orderStatus=word).status is status


def test_an_unknown_status_stays_unknown() -> None:
    """The status is None and the word is complained of; quantities still count."""
    complain = Complaints()
    report = order(complain, orderStatus="Melted", cumExecQty="0.004")
    assert report.status is None
    assert report.filled_qty == Decimal("0.004")
    assert complain == ["order status 'Melted'"]


def test_a_canceled_order_may_carry_fills_and_says_why() -> None:
    """Cumulative quantity survives a cancel, and reasons are kept in the exchange's words."""
    report = order(
        orderStatus="Cancelled",
        cumExecQty="0.004",
        cancelType="CancelByUser",
        rejectReason="EC_PerCancelRequest",
    )
    assert report.filled_qty == Decimal("0.004")
    assert report.reason == "EC_PerCancelRequest CancelByUser"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("StopLoss", StopKind.STOP_LOSS),
        ("PartialStopLoss", StopKind.STOP_LOSS),
        ("TakeProfit", StopKind.TAKE_PROFIT),
        ("PartialTakeProfit", StopKind.TAKE_PROFIT),
        ("TrailingStop", StopKind.TRAILING_STOP),
        ("Stop", None),
    ],
)
def test_stops_of_legs_are_told_from_orders(word: str, kind: StopKind | None) -> None:
    """Protection made by the exchange names its kind; all of them wait for a price."""
    report = order(stopOrderType=word, orderType="Market", triggerPrice="59000")
    assert (report.stop_kind, report.order_type) == (kind, OrderType.STOP_MARKET)
    assert report.trigger_price == 59000


def test_an_unknown_stop_word_is_complained_of() -> None:
    """A new kind of stop is no stop loss to us until somebody has read about it."""
    complain = Complaints()
    assert order(complain, stopOrderType="Hopeful").stop_kind is None
    assert complain == ["stop order type 'Hopeful'"]


@pytest.mark.parametrize(
    "changes",
    [
        {"side": "None"},
        {"positionIdx": 3},
        {"positionIdx": -1},
        {"orderType": "Iceberg"},
        {"qty": ""},
        {"qty": "NaN"},
        {"qty": "Infinity"},
        {"qty": "-1"},
        {"qty": "1_0"},
        {"qty": " 1"},
        {"qty": "1e999"},
        {"qty": "١"},
        {"cumExecQty": "abc"},
        {"avgPrice": "-5"},
        {"price": "1,5"},
    ],
)
def test_values_that_mean_nothing_are_malformed(changes: dict[str, Any]) -> None:
    """No side, leg or number is ever made up."""
    with pytest.raises(MalformedMessage):
        order(**changes)


def test_a_fill_is_reported_whole() -> None:
    """Price, quantity, commission and the side of liquidity arrive as told."""
    assert execution() == FillReport(
        exchange="bybit",
        symbol="BTCUSDT",
        trade_id="exec-1",
        client_order_id="ours-1",
        exchange_order_id="theirs-1",
        side=OrderSide.BUY,
        position_idx=None,
        closed_qty=Decimal(0),
        last_qty=Decimal("0.004"),
        last_px=Decimal("60000.5"),
        commission=Decimal("0.1320011"),
        liquidity_side=LiquiditySide.TAKER,
        ts_event_us=TS_MS * 1000,
        ts_init_us=1,
    )


def test_a_closed_size_that_is_not_told_is_none() -> None:
    """An empty text is no zero."""
    report = execution(closedSize="")
    assert isinstance(report, FillReport)
    assert report.closed_qty is None


def test_a_fill_tells_whose_trigger_made_its_order() -> None:
    """A stop of the leg's; a person's own conditional order is none of it."""
    for word, kind in (("StopLoss", StopKind.STOP_LOSS), ("Stop", None), ("", None)):
        fill = execution(stopOrderType=word)
        assert isinstance(fill, FillReport)
        assert fill.stop_kind is kind


@pytest.mark.parametrize("word", ["Trade", "BustTrade", "AdlTrade"])
def test_liquidations_are_fills_too(word: str) -> None:
    """What the exchange takes from a leg by force changes it like any fill."""
    assert isinstance(execution(execType=word, isMaker=True), FillReport)


@pytest.mark.parametrize("word", ["Settle", "Delivery", "MovePosition", "", "UNKNOWN"])
def test_other_executions_are_neither_fills_nor_funding(word: str) -> None:
    """They are complained of and left out."""
    complain = Complaints()
    assert execution(complain, execType=word) is None
    assert complain == [f"execution type {word!r}"]


@pytest.mark.parametrize(("fee", "amount"), [("0.36", "-0.36"), ("-0.36", "0.36")])
def test_funding_paid_is_negative(fee: str, amount: str) -> None:
    """Bybit's fee is positive when paid; ours is what the wallet gains."""
    report = execution(execType="Funding", orderType="UNKNOWN", execFee=fee, feeRate="0.0001")
    assert isinstance(report, FundingReport)
    assert (report.amount, report.rate) == (Decimal(amount), Decimal("0.0001"))


def test_surcharges_belong_to_the_commission() -> None:
    """A tax on top of the fee leaves the wallet as well."""
    report = execution(extraFees=[{"feeCoin": "USDT", "feeType": "GST", "fee": "0.01"}])
    assert isinstance(report, FillReport)
    assert report.commission == Decimal("0.1420011")


_TWO_COINS = [{"feeCoin": coin, "feeType": "GST", "fee": "0.5"} for coin in ("MNT", "BIT")]


@pytest.mark.parametrize("changes", [{"extraFees": _TWO_COINS}, {"extraFees": "[{...}]"}])
def test_a_commission_that_may_be_another_is_complained_of(changes: dict[str, Any]) -> None:
    """Fees in two other coins, or told as text, keep the fill and raise a hand."""
    complain = Complaints()
    assert isinstance(execution(complain, **changes), FillReport)
    assert len(complain) == 1


def test_fees_in_another_coin_are_kept_apart() -> None:
    """The settle coin's own part is the commission; the other coin's is no quote coin."""
    gst = {"feeCoin": "MNT", "feeType": "GST", "fee": "0.5"}
    complain = Complaints()
    report = execution(complain, extraFees=[gst, gst])
    assert isinstance(report, FillReport)
    assert report.commission == Decimal("0.1320011")
    assert report.other_commission == CoinAmount(amount=Decimal(1), coin="MNT")
    report = execution(complain, feeCurrency="MNT")
    assert isinstance(report, FillReport)
    assert report.commission == 0
    assert report.other_commission == CoinAmount(amount=Decimal("0.1320011"), coin="MNT")
    assert len(complain) == 0


@pytest.mark.parametrize("changes", [{"execQty": "0"}, {"execPrice": "0"}, {"execFee": ""}])
def test_a_fill_of_nothing_is_malformed(changes: dict[str, Any]) -> None:
    """Quantity and price of a fill are above zero and its fee is told."""
    with pytest.raises(MalformedMessage):
        execution(**changes)


def test_a_leg_has_one_price_under_either_name() -> None:
    """REST says avgPrice, the stream says entryPrice; a price of zero is none."""
    named = {"entryPrice": "", "avgPrice": "5"}
    streamed = wire.decode_position(json.dumps(position_row()).encode())
    listed = wire.decode_position(json.dumps(position_row(**named)).encode())
    assert reports.leg_report(streamed, 1).avg_px == Decimal("60000.5")
    assert reports.leg_report(listed, 1).avg_px == 5
    assert reports.leg_report(streamed, 1).stop_loss == 59000
    assert reports.leg_report(streamed, 1).take_profit is None
    assert reports.leg_report(streamed, 1).trailing_distance is None


@pytest.mark.parametrize(("told", "distance"), [("", None), ("0.0000", None), ("400.5", "400.5")])
def test_a_trailing_stop_is_told_by_its_distance(told: str, distance: str | None) -> None:
    """Zero is none."""
    row = wire.decode_position(json.dumps(position_row(trailingStop=told)).encode())
    found = reports.leg_report(row, 1).trailing_distance
    assert found == (None if distance is None else Decimal(distance))


def test_a_flat_leg_that_was_never_used_has_no_time() -> None:
    """Empty texts of a flat leg are read as nothing held."""
    flat = position_row(side="", size="0", entryPrice="0", updatedTime="", positionIdx=2)
    report = reports.leg_report(wire.decode_position(json.dumps(flat).encode()), 1)
    assert (report.quantity, report.avg_px, report.ts_event_us) == (Decimal(0), None, 0)
    assert report.leg_id.position_idx is PositionIdx.SHORT


def wallet(**changes: Any) -> wire.WalletRow:
    """A wallet row as decoded."""
    return wire.decode_wallet(json.dumps(wallet_row(**changes)).encode())


def test_the_balance_is_of_one_coin() -> None:
    """Equity and wallet are the coin's, what is available is the account's."""
    balance = reports.balance_of(wallet(), "USDT", 5)
    assert balance is not None
    assert (balance.equity, balance.wallet_balance) == (Decimal("1001.5"), Decimal(1000))
    assert (balance.available, balance.ts_event_us) == (Decimal("900.25"), 5)
    assert reports.balance_of(wallet(), "USDC", 5) is None


def test_isolated_margin_tells_available_money_by_coin() -> None:
    """With an empty total the coin's own margins are taken off, never below zero."""
    coin = {
        "coin": "USDT",
        "equity": "100",
        "walletBalance": "100",
        "totalPositionIM": "30",
        "totalOrderIM": "20.5",
        "locked": "0",
    }
    free = reports.balance_of(wallet(totalAvailableBalance="", coin=[coin]), "USDT", 5)
    none_left = reports.balance_of(
        wallet(totalAvailableBalance="", coin=[coin | {"totalOrderIM": "99"}]), "USDT", 5
    )
    assert free is not None
    assert none_left is not None
    assert (free.available, none_left.available) == (Decimal("49.5"), Decimal(0))


def test_impossible_candles_are_malformed() -> None:
    """A candle whose high is below its close never reaches anybody."""
    with pytest.raises(MalformedMessage, match="lies outside low to high"):
        reports.candle_of(InstrumentId("bybit", "X"), 300, 0, ("1", "2", "1", "3", "0"))
