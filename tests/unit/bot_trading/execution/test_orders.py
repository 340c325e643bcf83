"""The life of an order, message by message (FIX 4.4 appendix D)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.order import ApprovedOrder, OrderOrigin, OrderPurpose, OrderStatus
from bot_trading.domain.reports import StopKind
from bot_trading.execution import orders
from bot_trading.execution.ids import derive_client_order_id
from tests.builders.core import NOW_US, a_fill, an_intent, an_order, an_order_report, d

LATER_US = NOW_US + 1_000


def test_an_approved_intent_becomes_a_submitted_order_with_every_part() -> None:
    """Nothing of the intent is lost on the way, its leg least of all."""
    intent = an_intent()
    order = orders.order_from(ApprovedOrder(intent=intent, ts_approved_us=LATER_US))
    told = {"ts_updated_us": LATER_US, "reference_px": intent.reference_px}
    assert order == an_order(signal_id="s-1", **told)


def test_acceptance_gives_the_exchanges_id() -> None:
    """A second acceptance changes nothing."""
    order = orders.accept(an_order(), "x-1", LATER_US)
    assert (order.status, order.exchange_order_id) == (OrderStatus.ACCEPTED, "x-1")
    assert orders.accept(order, "x-1", LATER_US + 5) is order


@pytest.mark.parametrize(
    "status", [OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED, OrderStatus.CANCELED]
)
def test_a_late_acceptance_does_not_take_an_order_back(status: OrderStatus) -> None:
    """A report that came first already said more."""
    assert orders.accept(an_order(status=status), "x-1", LATER_US).status is status


def test_a_refusal_ends_an_order_that_has_not_filled() -> None:
    """With its reason; one that filled or ended before cannot have been refused."""
    refused = orders.reject(an_order(), "110007: no money", LATER_US)
    assert (refused.status, refused.reason) == (OrderStatus.REJECTED, "110007: no money")
    partly = an_order(status=OrderStatus.PARTIALLY_FILLED, filled_qty=d("0.001"))
    assert orders.reject(partly, "x", LATER_US) is partly
    ended = an_order(status=OrderStatus.CANCELED)
    assert orders.reject(ended, "x", LATER_US) is ended


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.SUBMITTED])
def test_only_an_unanswered_order_becomes_unknown(status: OrderStatus) -> None:
    """Anything heard of it meanwhile is worth more than a lost answer."""
    order = an_order(status=status)
    assert orders.mark_unknown(order, "timeout", LATER_US) is order
    assert orders.mark_unknown(an_order(), "timeout", 1).status is OrderStatus.UNKNOWN


def test_a_report_that_is_behind_changes_nothing() -> None:
    """Cumulative quantities decide, not the order of arrival."""
    order = an_order(
        status=OrderStatus.PARTIALLY_FILLED,
        filled_qty=d("0.005"),
        avg_px=d("50001"),
        exchange_order_id="x-1",
    )
    assert orders.apply_report(order, an_order_report()) is order


def test_an_order_that_was_amended_is_what_its_newest_report_says() -> None:
    """Quantity and price follow the exchange; a report from before our fills says nothing of them,
    so that a smaller quantity of old never makes an order look filled."""
    order = an_order(quantity=d("0.010"), price=d(50600), status=OrderStatus.ACCEPTED)
    larger = an_order_report(quantity=d("0.020"), price=d(50700), filled_qty=d("0.010"))
    amended = orders.apply_report(order, larger)
    assert (amended.quantity, amended.price) == (d("0.020"), d(50700))
    old = an_order_report(quantity=d("0.010"), price=d(50600), filled_qty=d("0.004"))
    assert orders.apply_report(amended, old) is amended
    unpriced = an_order(quantity=d("0.010"), price=None, status=OrderStatus.ACCEPTED)
    assert orders.apply_report(unpriced, larger).price is None


def test_a_report_of_the_whole_quantity_fills_the_order() -> None:
    """Whatever word the exchange used for it."""
    report = an_order_report(status=None, filled_qty=d("0.010"), avg_px=d("50002"))
    order = orders.apply_report(an_order(), report)
    assert (order.status, order.avg_px) == (OrderStatus.FILLED, d("50002"))


def test_an_unknown_word_changes_nothing_but_quantities() -> None:
    """A status that we have no word for is not guessed at."""
    report = an_order_report(status=None, filled_qty=d("0.004"))
    order = orders.apply_report(an_order(status=OrderStatus.ACCEPTED), report)
    assert (order.status, order.filled_qty) == (OrderStatus.ACCEPTED, d("0.004"))


def test_a_partly_filled_ioc_order_ends_canceled_with_what_it_filled() -> None:
    """Nothing may fill any more, and what filled stays."""
    report = an_order_report(status=OrderStatus.CANCELED, filled_qty=d("0.004"), avg_px=d("50000"))
    order = orders.apply_report(an_order(), report)
    assert (order.status, order.filled_qty, order.leaves_qty) == (
        OrderStatus.CANCELED,
        d("0.004"),
        d(0),
    )


def test_late_fills_complete_a_canceled_order() -> None:
    """The one way out of a terminal status."""
    canceled = an_order(status=OrderStatus.CANCELED, filled_qty=d("0.004"))
    after = orders.apply_booked_fill(canceled, a_fill(last_qty=d("0.006")), d("0.004"))
    assert (after.status, after.filled_qty) == (OrderStatus.FILLED, d("0.010"))


def test_a_late_fill_that_does_not_complete_leaves_it_canceled() -> None:
    """A fill that the cancel report already counted changes the commission alone."""
    canceled = an_order(status=OrderStatus.CANCELED, filled_qty=d("0.004"), avg_px=d("50000"))
    after = orders.apply_booked_fill(canceled, a_fill(last_qty=d("0.004")), d(0))
    assert (after.status, after.filled_qty) == (OrderStatus.CANCELED, d("0.004"))
    assert after.commission == d("0.275")


def test_the_average_price_weighs_fills_by_quantity() -> None:
    """0.004 at 50000 and 0.006 at 50010 average 50006."""
    first = orders.apply_booked_fill(an_order(), a_fill(last_qty=d("0.004")), d(0))
    assert first.status is OrderStatus.PARTIALLY_FILLED
    second = orders.apply_booked_fill(
        first, a_fill(last_qty=d("0.006"), last_px=d("50010")), d("0.004")
    )
    assert (second.status, second.avg_px) == (OrderStatus.FILLED, d("50006"))


def test_an_average_that_a_report_told_is_not_mixed_with_the_fills_it_counts() -> None:
    """The report came first and averages both fills; booking them changes nothing of it."""
    told = an_order_report(status=OrderStatus.FILLED, filled_qty=d("0.010"), avg_px=d("50006"))
    order = orders.apply_report(an_order(), told)
    order = orders.apply_booked_fill(order, a_fill(last_qty=d("0.004")), d(0))
    last = a_fill(last_qty=d("0.006"), last_px=d("50010"))
    assert orders.apply_booked_fill(order, last, d("0.004")).avg_px == d("50006")


def test_an_order_is_never_stamped_older_than_it_was() -> None:
    """The store keeps the newest version, and an exchange's clock may lag behind ours."""
    order = an_order(ts_updated_us=LATER_US)
    after = orders.apply_booked_fill(order, a_fill(ts_event_us=NOW_US), d(0))
    assert after.ts_updated_us == LATER_US
    report = an_order_report(status=OrderStatus.CANCELED, ts_init_us=NOW_US)
    assert orders.apply_report(order, report).ts_updated_us == LATER_US


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        (StopKind.STOP_LOSS, OrderPurpose.STOP),
        (StopKind.TRAILING_STOP, OrderPurpose.STOP),
        (StopKind.TAKE_PROFIT, OrderPurpose.TARGET),
    ],
)
def test_the_exchanges_own_orders_say_what_they_are_for(
    kind: StopKind, purpose: OrderPurpose
) -> None:
    """They were made by the exchange for one of our protections."""
    order = orders.from_report("xch-1", an_order_report(stop_kind=kind), "main")
    assert (order.origin, order.purpose) == (OrderOrigin.EXCHANGE, purpose)


def test_a_strangers_order_is_told_as_such() -> None:
    """Somebody else made it, we do not know why."""
    order = orders.from_report("theirs", an_order_report(status=None), "main")
    assert (order.origin, order.purpose) == (OrderOrigin.FOREIGN, OrderPurpose.UNKNOWN)
    assert order.status is OrderStatus.UNKNOWN


def test_an_order_known_from_fills_holds_all_of_them() -> None:
    """Its quantity is at least what it filled, as for any order."""
    first = a_fill(last_qty=d("0.004"), client_order_id="xch-1")
    order = orders.apply_booked_fill(orders.from_fill(first, "main"), first, d(0))
    order = orders.apply_booked_fill(order, replace(first, trade_id="t-2"), d("0.004"))
    assert order.filled_qty == order.quantity == d("0.008")


def test_a_level_holds_what_it_filled_and_an_entry_does_not() -> None:
    """A level is changed in place, which its fill may tell first; an entry beyond its quantity
    stays visible as one, since it can be no work of ours."""
    more = a_fill(last_qty=d("0.012"))
    level = orders.apply_booked_fill(an_order(purpose=OrderPurpose.TARGET), more, d(0))
    assert (level.quantity, level.status) == (d("0.012"), OrderStatus.FILLED)
    entry = orders.apply_booked_fill(an_order(purpose=OrderPurpose.ENTRY), more, d(0))
    assert entry.quantity == d("0.010")


def test_a_report_completes_an_order_known_from_fills() -> None:
    """Purpose, type and quantity come from the report; what was booked stays."""
    fill = a_fill(last_qty=d("0.004"), client_order_id="xch-1")
    order = orders.apply_booked_fill(orders.from_fill(fill, "main"), fill, d(0))
    report = an_order_report(
        stop_kind=StopKind.STOP_LOSS, status=OrderStatus.FILLED, filled_qty=d("0.010")
    )
    after = orders.apply_report(order, report)
    assert (after.purpose, after.quantity, after.filled_qty, after.commission) == (
        OrderPurpose.STOP,
        d("0.010"),
        d("0.010"),
        d("0.275"),
    )


def test_an_order_of_ours_is_known_by_its_id_alone() -> None:
    """An exit that was sent while the store was down, found by its report or fill after a crash."""
    key = derive_client_order_id("main", OrderPurpose.EXIT, "x")
    told = orders.from_report(key, an_order_report(client_order_id=key), "main")
    filled = orders.from_fill(a_fill(client_order_id=key), "main")
    for order in (told, filled):
        assert (order.origin, order.purpose) == (OrderOrigin.BOT, OrderPurpose.EXIT)
    another = orders.from_fill(a_fill(client_order_id=key), "other")
    assert (another.origin, another.purpose) == (OrderOrigin.FOREIGN, OrderPurpose.UNKNOWN)
