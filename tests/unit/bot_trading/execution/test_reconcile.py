"""Ours against theirs, and which leg a message belongs to."""

from __future__ import annotations

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderSide
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import FundingReport
from bot_trading.execution.reconcile import (
    leg_differences,
    leg_of_fill,
    leg_of_funding,
    orders_to_ask_for,
    to_fill,
)
from tests.builders.core import (
    LONG,
    NOW_US,
    SHORT,
    a_fill,
    a_fill_report,
    a_leg_report,
    an_order,
    an_order_report,
    d,
)


def _funding(amount: str, rate: str | None, idx: PositionIdx | None = None) -> FundingReport:
    return FundingReport(
        exchange="bybit",
        symbol="BTCUSDT",
        trade_id="f-1",
        side=OrderSide.BUY,
        position_idx=idx,
        amount=d(amount),
        rate=None if rate is None else d(rate),
        ts_event_us=NOW_US,
        ts_init_us=NOW_US,
    )


def test_equal_and_opposite_legs_are_not_flat() -> None:
    """A long and a short of the same size are two differences, not none."""
    theirs = [a_leg_report(), a_leg_report(leg_id=SHORT)]
    assert [each.leg_id for each in leg_differences("bybit", {}, theirs)] == [LONG, SHORT]


def test_a_leg_that_only_one_side_knows_differs_unless_it_is_flat() -> None:
    """Missing means zero on that side."""
    held = {LONG: PositionLeg(leg_id=LONG, quantity=d("0.010"), entry_value=d(500))}
    [difference] = leg_differences("bybit", held, [])
    assert str(difference) == "BTCUSDT.bybit-LONG: we hold 0.010, the exchange says 0"
    assert leg_differences("bybit", {}, [a_leg_report(quantity=d("0.000"))]) == ()
    assert leg_differences("okx", held, []) == ()


def test_numbers_are_compared_and_not_their_text() -> None:
    """0.010 and 0.01 are the same quantity."""
    held = {LONG: PositionLeg(leg_id=LONG, quantity=d("0.01"), entry_value=d(500))}
    assert leg_differences("bybit", held, [a_leg_report()]) == ()


def test_live_orders_that_are_not_listed_are_asked_for() -> None:
    """Listed ones are known, and another exchange's are not asked for here."""
    listed, missing = an_order(), an_order(client_order_id="ent-2")
    elsewhere = an_order(client_order_id="ent-3", leg_id=LegId("okx", "BTCUSDT", PositionIdx.LONG))
    found = orders_to_ask_for("bybit", [listed, missing, elsewhere], [an_order_report()])
    assert found == (missing,)


@pytest.mark.parametrize(
    ("side", "closed", "leg"),
    [
        (OrderSide.BUY, "0", LONG),
        (OrderSide.SELL, "0", SHORT),
        (OrderSide.SELL, "0.010", LONG),
        (OrderSide.BUY, "0.010", SHORT),
    ],
)
def test_the_closed_quantity_tells_the_leg_of_a_strangers_fill(
    side: OrderSide, closed: str, leg: LegId
) -> None:
    """In hedge mode a leg's other side can only reduce."""
    report = a_fill_report(position_idx=None, side=side, closed_qty=d(closed))
    assert leg_of_fill(report, None) == leg


def test_the_messages_own_index_comes_first_then_the_order() -> None:
    """Proof in the message beats what we remember, which beats reasoning."""
    assert leg_of_fill(a_fill_report(position_idx=PositionIdx.SHORT), an_order()) == SHORT
    report = a_fill_report(position_idx=None, side=OrderSide.SELL, closed_qty=d(0))
    assert leg_of_fill(report, an_order()) == LONG


@pytest.mark.parametrize("idx", [None, PositionIdx.ONE_WAY])
def test_without_proof_there_is_no_leg(idx: PositionIdx | None) -> None:
    """A one-way index names none, and nothing is guessed."""
    assert leg_of_fill(a_fill_report(position_idx=idx), None) is None


@pytest.mark.parametrize(
    ("amount", "rate", "leg"),
    [
        ("-1", "0.0001", LONG),
        ("1", "0.0001", SHORT),
        ("1", "-0.0001", LONG),
        ("-1", "-0.0001", SHORT),
        ("1", "0", None),
        ("1", None, None),
        ("0", "0.0001", None),
    ],
)
def test_signs_tell_the_leg_of_funding(amount: str, rate: str | None, leg: LegId | None) -> None:
    """At a positive rate longs pay shorts; without a rate nothing proves the leg."""
    assert leg_of_funding(_funding(amount, rate)) == leg


def test_funding_with_an_index_needs_no_rate() -> None:
    """The message's own word decides; index 0 names no leg."""
    assert leg_of_funding(_funding("1", None, PositionIdx.SHORT)) == SHORT
    assert leg_of_funding(_funding("1", "0.1", PositionIdx.ONE_WAY)) is None


def test_a_report_becomes_a_fact_under_our_key() -> None:
    """Every number is carried over."""
    assert to_fill(a_fill_report(client_order_id=""), LONG, "ent-1") == a_fill()
