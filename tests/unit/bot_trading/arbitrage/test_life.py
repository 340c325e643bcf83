"""What follows when one side of a group is refused, partial, unknown, late or stopped."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot_trading.arbitrage.group import Action, Bounds, Group, Phase, Prices, Which
from bot_trading.arbitrage.life import (
    close_group,
    on_answer,
    on_fill,
    on_funding,
    open_group,
    resolve,
)
from tests.builders.pairs import a_pair

BOUNDS = Bounds(
    settle_us=100, one_sided_max_us=500, close_again_us=50, loss_max=Decimal(10), fill_ups_max=1
)
PRICES = Prices(
    long_bid=Decimal(999), long_ask=Decimal(1000), short_bid=Decimal(1010), short_ask=Decimal(1011)
)
WHOLE = Decimal(1)


def _entered() -> tuple[Group, Action, Action]:
    group, (long, short) = open_group("g", a_pair(), BOUNDS, WHOLE, 0)
    return group, long, short


def _fill(
    group: Group,
    action: Action,
    quantity: str = "1",
    price: str = "1000",
    now_us: int = 10,
    fee: str = "0",
) -> Group:
    """The fill of an order, and that it ended with it."""
    group = on_fill(
        group,
        action.which,
        action.order_id,
        opens=action.opens,
        quantity=Decimal(quantity),
        price=Decimal(price),
        commission=Decimal(fee),
        now_us=now_us,
    )
    return on_answer(group, action.which, action.order_id, refused=False)


def _hedged() -> Group:
    group, long, short = _entered()
    group = _fill(_fill(group, long), short, price="1010")
    group, actions = resolve(group, PRICES, 20)
    assert (group.phase, actions) == (Phase.HEDGED, ())
    return group


def _stopped(group: Group, which: Which, now_us: int = 30) -> Group:
    return on_fill(
        group,
        which,
        "a stop of the exchange's",
        opens=False,
        quantity=WHOLE,
        price=Decimal(1000),
        commission=Decimal(0),
        now_us=now_us,
    )


def test_both_sides_are_sent_together() -> None:
    """A group begins with one entry on each side, of the same quantity, each with its own id."""
    group, long, short = _entered()
    assert (long.which, short.which) == (Which.LONG, Which.SHORT)
    assert long.quantity == short.quantity == WHOLE
    assert long.opens
    assert short.opens
    assert long.order_id != short.order_id
    assert resolve(group, PRICES, 10) == (group, ())


def test_two_filled_sides_are_hedged() -> None:
    """Once both sides hold the quantity nothing follows, and the stretch on one leg is measured."""
    group, long, short = _entered()
    group = _fill(group, long, now_us=10)
    group = _fill(group, short, now_us=70)
    group, actions = resolve(group, PRICES, 70)
    assert (group.phase, actions) == (Phase.HEDGED, ())
    assert group.one_sided_us(1_000) == 60


def test_a_refused_side_closes_the_other_at_once() -> None:
    """Nothing is tried again on a side that was refused: what the other holds goes."""
    group, long, short = _entered()
    group = on_answer(_fill(group, long), Which.SHORT, short.order_id, refused=True)
    group, (close,) = resolve(group, PRICES, 20)
    assert (close.which, close.opens, close.quantity) == (Which.LONG, False, WHOLE)
    group, actions = resolve(_fill(group, close, price="999", now_us=60), PRICES, 60)
    assert (group.phase, actions) == (Phase.OVER, ())
    assert group.one_sided_us(60) == 50
    assert group.pnl == Decimal(-1)


def test_two_refused_sides_are_over() -> None:
    """A group of which nothing exists is over without an order more."""
    group, long, short = _entered()
    for action in (long, short):
        group = on_answer(group, action.which, action.order_id, refused=True)
    group, actions = resolve(group, PRICES, 20)
    assert (group.phase, actions, group.pnl) == (Phase.OVER, (), Decimal(0))


def test_a_partial_side_is_filled_up_while_that_is_cheap() -> None:
    """The rest is ordered once, and the group is hedged with it."""
    group, long, short = _entered()
    group = _fill(_fill(group, long), short, quantity="0.4", price="1010")
    group, (more,) = resolve(group, PRICES, 20)
    assert (more.which, more.opens, more.quantity) == (Which.SHORT, True, Decimal("0.6"))
    group, actions = resolve(_fill(group, more, quantity="0.6", price="1010"), PRICES, 30)
    assert (group.phase, actions, group.target) == (Phase.HEDGED, (), WHOLE)


def test_a_partial_side_is_filled_up_only_so_often() -> None:
    """After the last allowed try the other side is closed down to what is matched."""
    group, long, short = _entered()
    group = _fill(_fill(group, long), short, quantity="0.4", price="1010")
    group, (more,) = resolve(group, PRICES, 20)
    group, (close,) = resolve(_fill(group, more, quantity="0.2", price="1010"), PRICES, 30)
    assert (close.which, close.opens, close.quantity) == (Which.LONG, False, Decimal("0.4"))
    group, actions = resolve(_fill(group, close, quantity="0.4"), PRICES, 40)
    assert (group.phase, actions, group.target) == (Phase.HEDGED, (), Decimal("0.6"))


def test_a_dear_rest_is_closed_and_not_filled_up() -> None:
    """Where filling up costs more than the loss bound, the matched part stays and the rest goes."""
    group, long, short = _entered()
    group = _fill(_fill(group, long), short, quantity="0.4", price="1030")
    dear = Prices(
        long_bid=Decimal(999),
        long_ask=Decimal(1000),
        short_bid=Decimal(1010),
        short_ask=Decimal(1011),
    )
    group, (close,) = resolve(group, dear, 20)
    assert (close.which, close.opens, close.quantity) == (Which.LONG, False, Decimal("0.6"))


def test_a_rest_without_a_price_is_closed() -> None:
    """Nothing is bought at a price that nobody told."""
    group, long, short = _entered()
    group = _fill(_fill(group, long), short, quantity="0.4", price="1010")
    unknown = Prices(long_bid=None, long_ask=None, short_bid=None, short_ask=None)
    group, (close,) = resolve(group, unknown, 20)
    assert not close.opens


def test_an_unknown_side_is_waited_for_and_then_given_up() -> None:
    """After the settling time the held side goes; what fills late on the other goes too."""
    group, long, short = _entered()
    group = _fill(group, long, now_us=10)
    group, actions = resolve(group, PRICES, 109)
    assert actions == ()
    group, (close,) = resolve(group, PRICES, 110)
    assert (close.which, close.quantity) == (Which.LONG, WHOLE)
    group, actions = resolve(_fill(group, close, now_us=130), PRICES, 130)
    assert (group.phase, actions) == (Phase.LEAVING, ())
    group, (late,) = resolve(_fill(group, short, now_us=900), PRICES, 900)
    assert (late.which, late.opens, late.quantity) == (Which.SHORT, False, WHOLE)
    group, _ = resolve(_fill(group, late, now_us=910), PRICES, 910)
    assert group.phase is Phase.OVER


def test_an_unknown_side_that_was_never_there_ends_the_group() -> None:
    """A group with an open question is not over; the exchange's evidence ends it."""
    group, long, short = _entered()
    group, (close,) = resolve(_fill(group, long, now_us=10), PRICES, 110)
    group, _ = resolve(_fill(group, close, now_us=120), PRICES, 120)
    assert group.phase is Phase.LEAVING
    group = on_answer(group, Which.SHORT, short.order_id, refused=True)
    group, _ = resolve(group, PRICES, 9_000)
    assert group.phase is Phase.OVER


def test_a_fill_after_the_end_is_closed() -> None:
    """Evidence that was wrong opens the group again, for as long as it takes to be flat."""
    group, long, short = _entered()
    for action in (long, short):
        group = on_answer(group, action.which, action.order_id, refused=True)
    group, _ = resolve(group, PRICES, 20)
    group, (close,) = resolve(_fill(group, long, now_us=30), PRICES, 30)
    assert (close.which, close.opens) == (Which.LONG, False)


def test_an_unmatched_part_that_loses_too_much_goes_before_its_time() -> None:
    """The loss bound does not wait for the time bound, and what was lost is kept."""
    group, long, _ = _entered()
    group = _fill(group, long, now_us=10)
    fallen = Prices(
        long_bid=Decimal(990),
        long_ask=Decimal(991),
        short_bid=Decimal(1000),
        short_ask=Decimal(1001),
    )
    group, (close,) = resolve(group, fallen, 20)
    assert (close.which, close.opens) == (Which.LONG, False)
    assert group.unmatched_loss_worst == Decimal(10)


@pytest.mark.parametrize("which", list(Which))
def test_a_stop_on_one_side_closes_the_other(which: Which) -> None:
    """A stop that the exchange ran leaves the other side alone, so it follows at once."""
    group, (close,) = resolve(_stopped(_hedged(), which), PRICES, 30)
    assert close.which is not which
    assert (close.opens, close.quantity) == (False, WHOLE)
    group, _ = resolve(_fill(group, close, now_us=40), PRICES, 40)
    assert group.phase is Phase.OVER


def test_a_loss_after_the_hedge_counts_from_when_it_broke() -> None:
    """What both sides moved by while they were held together is no loss of the part left alone."""
    later = Prices(
        long_bid=Decimal(1500),
        long_ask=Decimal(1501),
        short_bid=Decimal(1500),
        short_ask=Decimal(1501),
    )
    group, _ = resolve(_stopped(_hedged(), Which.LONG), later, 30)
    assert group.unmatched_loss_worst == 0
    worse = Prices(
        long_bid=Decimal(1507),
        long_ask=Decimal(1508),
        short_bid=Decimal(1507),
        short_ask=Decimal(1508),
    )
    group, _ = resolve(group, worse, 40)
    assert group.unmatched_loss_worst == Decimal(7)


def test_leaving_closes_both_sides_once() -> None:
    """An exit closes both sides together, and is not repeated while the closes are fresh."""
    group, closes = resolve(close_group(_hedged(), "exit"), PRICES, 1_000)
    assert [(each.which, each.opens, each.quantity) for each in closes] == [
        (Which.LONG, False, WHOLE),
        (Which.SHORT, False, WHOLE),
    ]
    assert resolve(group, PRICES, 1_010) == (group, ())
    assert close_group(group, "another word") == group


def test_a_close_without_an_answer_is_repeated() -> None:
    """Reduce-only, the same close twice closes nothing twice; nobody waits for the lost answer."""
    group, (first, _) = resolve(close_group(_hedged(), "exit"), PRICES, 1_000)
    group, again = resolve(group, PRICES, 1_050)
    assert [each.which for each in again] == [Which.LONG, Which.SHORT]
    assert again[0].order_id != first.order_id


def test_a_lost_close_beside_a_matched_part_takes_the_whole_group_along() -> None:
    """A repeated close could take from the matched part, so nothing stays matched."""
    group, long, short = _entered()
    group = _fill(_fill(group, long), short, quantity="0.4", price="1030")
    group, (close,) = resolve(group, PRICES, 20)
    assert close.quantity == Decimal("0.6")
    group, closes = resolve(group, PRICES, 70)
    assert group.phase is Phase.LEAVING
    assert {each.which for each in closes} == set(Which)


def test_a_refused_close_is_tried_again_after_a_while() -> None:
    """An exchange that refuses a close is not asked without a pause."""
    group, (long, _) = resolve(close_group(_hedged(), "exit"), PRICES, 1_000)
    group = on_answer(group, Which.LONG, long.order_id, refused=True)
    assert resolve(group, PRICES, 1_049)[1] == ()
    group, actions = resolve(group, PRICES, 1_050)
    assert Which.LONG in {each.which for each in actions}


def test_the_account_is_the_sum_of_both_sides() -> None:
    """What both sides took in and paid, less fees, with funding, to the last decimal."""
    group, long, short = _entered()
    group = _fill(_fill(group, long, fee="0.55"), short, price="1010.7", fee="0.505")
    group = on_funding(on_funding(group, Which.LONG, Decimal("-0.3")), Which.SHORT, Decimal("0.41"))
    group, (first, second) = resolve(close_group(group, "exit"), PRICES, 500)
    group = _fill(_fill(group, first, price="1003", fee="0.55"), second, price="1004", fee="0.502")
    assert group.long.pnl == Decimal(3) - Decimal("1.1") - Decimal("0.3")
    assert group.short.pnl == Decimal("6.7") - Decimal("1.007") + Decimal("0.41")
    assert group.pnl == group.long.pnl + group.short.pnl


def test_an_answer_about_a_strangers_order_changes_nothing() -> None:
    """Only an order of the group that may still fill can end."""
    group, _, _ = _entered()
    assert on_answer(group, Which.LONG, "a stranger's", refused=True) == group


@pytest.mark.parametrize(
    ("settle_us", "close_again_us", "loss_max"), [(500, 50, 1), (0, 50, 1), (1, 0, 1), (1, 1, 0)]
)
def test_bounds_that_cannot_hold_are_refused(
    settle_us: int, close_again_us: int, loss_max: int
) -> None:
    """Settling has to leave time for closing, and no bound is zero."""
    with pytest.raises(ValueError, match=r"above zero|between 0"):
        Bounds(
            settle_us=settle_us,
            one_sided_max_us=500,
            close_again_us=close_again_us,
            loss_max=Decimal(loss_max),
        )
