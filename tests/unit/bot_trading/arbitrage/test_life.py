"""What follows when one side of a group is refused, partial, unknown, late or stopped."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.arbitrage.group import Action, Bounds, Side
from bot_trading.arbitrage.life import close_group, resolve
from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import LegId, PositionIdx
from tests.builders.pairs import a_pair, a_side

BOUNDS = Bounds(
    settle_us=100, one_sided_max_us=500, close_again_us=50, loss_max=Decimal(20), fill_ups_max=1
)
PAIR = a_pair()
WHOLE = Decimal(1)
LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
GROUP = LegGroup(
    group_id="g",
    long_leg=LONG,
    short_leg=SHORT,
    quantity=WHOLE,
    target=WHOLE,
    expected_net_bps=Decimal(10),
    one_sided_max_us=BOUNDS.one_sided_max_us,
    loss_max=BOUNDS.loss_max,
    ts_opened_us=0,
    ts_market_us=0,
    ts_updated_us=0,
)
HEDGED = replace(GROUP, phase=GroupPhase.HEDGED, was_hedged=True)
PHASE = GroupPhase


def _long(held: str = "0", price: int = 1000, **parts: object) -> Side:
    """The long leg entered at 1000 whose bid is a coin below `price`, its ask."""
    values = {"bid": Decimal(price - 1), "ask": Decimal(price), **parts}
    return _side(LONG, held, "1000", values)


def _short(held: str = "0", price: int = 1010, entry: str = "1010", **parts: object) -> Side:
    """The short leg entered at 1010 whose bid is `price` and its ask a coin above."""
    values = {"bid": Decimal(price), "ask": Decimal(price + 1), **parts}
    return _side(SHORT, held, entry, values)


def _side(leg_id: LegId, held: str, entry: str, parts: dict[str, object]) -> Side:
    is_quiet = not (parts.get("opening") or parts.get("closing"))
    mean = Decimal(entry) if Decimal(held) else None
    values = {"held": Decimal(held), "entry_px": mean, "is_quiet": is_quiet} | parts
    return Side(leg_id=leg_id, **values)  # type: ignore[arg-type]


def _resolve(
    group: LegGroup, long: Side, short: Side, now_us: int
) -> tuple[LegGroup, list[tuple[LegId, bool, Decimal]]]:
    after, actions = resolve(group, PAIR, (long, short), BOUNDS, now_us)
    return after, [(each.leg_id, each.opens, each.quantity) for each in actions]


def test_two_entries_under_way_are_waited_for() -> None:
    """While both sides may still reach the target nothing follows."""
    under_way = (_long(opening=WHOLE), _short(opening=WHOLE))
    assert _resolve(GROUP, *under_way, 10) == (GROUP, [])


def test_two_filled_sides_are_hedged() -> None:
    """Once both sides hold the quantity nothing follows, and the stretch on one leg is measured."""
    group, actions = _resolve(GROUP, _long("1"), _short(opening=WHOLE), 10)
    assert (group.phase, group.one_sided_since_us, actions) == (PHASE.ENTERING, 10, [])
    group, actions = _resolve(group, _long("1"), _short("1"), 70)
    assert (group.phase, group.was_hedged, actions) == (PHASE.HEDGED, True, [])
    assert group.one_sided_us(1_000) == 60


def test_a_refused_side_closes_the_other_at_once() -> None:
    """Nothing is tried again on a side that was refused: what the other holds goes."""
    group, actions = _resolve(GROUP, _long("1"), _short(), 20)
    assert (group.phase, actions) == (PHASE.LEAVING, [(LONG, False, WHOLE)])
    group, actions = _resolve(group, _long(), _short(), 70)
    assert (group.phase, actions, group.one_sided_longest_us) == (PHASE.OVER, [], 50)


def test_two_refused_sides_are_over() -> None:
    """A group of which nothing exists is over without an order more."""
    group, actions = _resolve(GROUP, _long(), _short(), 20)
    assert (group.phase, actions, group.pnl) == (PHASE.OVER, [], Decimal(0))


def test_a_partial_side_is_filled_up_while_that_is_cheap() -> None:
    """The rest is ordered once, the target stays, and the group is hedged with it."""
    group, actions = _resolve(GROUP, _long("1"), _short("0.4"), 20)
    assert (group.phase, group.fill_ups) == (PHASE.ENTERING, 1)
    assert actions == [(SHORT, True, Decimal("0.6"))]
    group, actions = _resolve(group, _long("1"), _short("0.4", opening=Decimal("0.6")), 25)
    assert actions == []
    group, actions = _resolve(group, _long("1"), _short("1"), 30)
    assert (group.phase, actions, group.target) == (PHASE.HEDGED, [], WHOLE)


def test_a_partial_long_side_is_filled_up_too() -> None:
    """Which side is short of the target makes no difference."""
    _, actions = _resolve(GROUP, _long("0.4"), _short("1"), 20)
    assert actions == [(LONG, True, Decimal("0.6"))]


def test_a_partial_side_is_filled_up_only_so_often() -> None:
    """After the last allowed try the other side is closed down to what is matched."""
    tried = replace(GROUP, fill_ups=1)
    group, actions = _resolve(tried, _long("1"), _short("0.6"), 30)
    assert actions == [(LONG, False, Decimal("0.4"))]
    assert (group.target, group.phase) == (Decimal("0.6"), PHASE.ENTERING)
    group, actions = _resolve(group, _long("0.6"), _short("0.6"), 40)
    assert (group.phase, actions, group.target) == (PHASE.HEDGED, [], Decimal("0.6"))


@pytest.mark.parametrize(("entry", "opens"), [("1010", True), ("1026.6", True), ("1026.7", False)])
def test_a_dear_rest_is_closed_and_not_filled_up(entry: str, opens: bool) -> None:
    """Where filling up costs more than half of the loss bound, the matched part stays alone."""
    _, actions = _resolve(GROUP, _long("1"), _short("0.4", entry=entry), 20)
    leg_id = SHORT if opens else LONG
    assert actions == [(leg_id, opens, Decimal("0.6"))]


def test_a_rest_is_not_filled_up_late() -> None:
    """After the settling time nothing is ordered any more that would open."""
    since = replace(GROUP, one_sided_since_us=0)
    assert _resolve(since, _long("1"), _short("0.4"), 99)[1] == [(SHORT, True, Decimal("0.6"))]
    assert _resolve(since, _long("1"), _short("0.4"), 100)[1] == [(LONG, False, Decimal("0.6"))]


def test_a_rest_below_the_minimum_is_not_filled_up() -> None:
    """What an exchange would refuse as too small is not asked for, and nothing stays matched that
    could not be closed alone."""
    pair = a_pair(a_side("bybit"), a_side("binance", min_qty=Decimal("0.7")))
    sides = (_long("1"), _short("0.4"))
    group, actions = resolve(GROUP, pair, sides, BOUNDS, 20)
    assert group.target == 0
    assert {(each.leg_id, each.quantity) for each in actions} == {
        (LONG, WHOLE),
        (SHORT, Decimal("0.4")),
    }


def test_a_rest_without_a_price_is_closed() -> None:
    """Nothing is bought at a price that nobody told."""
    _, actions = _resolve(GROUP, _long("1"), _short("0.4", bid=None), 20)
    assert actions == [(LONG, False, Decimal("0.6"))]


def test_an_unknown_side_is_waited_for_and_then_given_up() -> None:
    """After the settling time the held side goes; what fills late on the other goes too."""
    unknown = _short(opening=WHOLE)
    group, actions = _resolve(GROUP, _long("1"), unknown, 10)
    assert actions == []
    assert _resolve(group, _long("1"), unknown, 109)[1] == []
    group, actions = _resolve(group, _long("1"), unknown, 110)
    assert actions == [(LONG, False, WHOLE)]
    group, actions = _resolve(group, _long(), unknown, 130)
    assert (group.phase, actions) == (PHASE.LEAVING, [])
    group, actions = _resolve(group, _long(), _short("1"), 900)
    assert actions == [(SHORT, False, WHOLE)]
    assert _resolve(group, _long(), _short(), 910)[0].phase is PHASE.OVER


def test_a_fill_after_the_end_is_closed() -> None:
    """What is held once a group is over is not its own, unless it was opened again."""
    over = replace(GROUP, phase=PHASE.OVER, target=Decimal(0))
    assert _resolve(over, _long(), _short(), 20) == (over, [])
    assert _resolve(over, _long("1"), _short(), 20) == (over, [])
    again = replace(over, phase=PHASE.LEAVING)
    group, actions = _resolve(again, _long("1"), _short(), 30)
    assert (group.phase, actions) == (PHASE.LEAVING, [(LONG, False, WHOLE)])


@pytest.mark.parametrize(("price", "closes"), [(992, False), (991, True)])
def test_an_unmatched_part_that_loses_too_much_goes_before_its_time(
    price: int, closes: bool
) -> None:
    """At half of the loss bound the time bound is not waited for, and what was lost is kept."""
    group, actions = _resolve(GROUP, _long("1", price), _short(opening=WHOLE), 20)
    assert actions == ([(LONG, False, WHOLE)] if closes else [])
    assert group.unmatched_loss_worst == 1001 - price
    later, _ = _resolve(group, _long("1"), _short(opening=WHOLE), 30)
    assert later.unmatched_loss_worst == 1001 - price


@pytest.mark.parametrize("stopped", [LONG, SHORT])
def test_a_stop_on_one_side_closes_the_other(stopped: LegId) -> None:
    """A stop that the exchange ran leaves the other side alone, so it follows at once."""
    long, short = (_long(), _short("1")) if stopped == LONG else (_long("1"), _short())
    group, actions = _resolve(HEDGED, long, short, 30)
    assert actions == [(SHORT if stopped == LONG else LONG, False, WHOLE)]
    assert _resolve(group, _long(), _short(), 40)[0].phase is PHASE.OVER


def test_a_loss_after_the_hedge_counts_from_when_it_broke() -> None:
    """What both sides moved by while they were held together is no loss of the part left alone."""
    group, _ = _resolve(HEDGED, _long(), _short("1", price=1500), 30)
    assert (group.unmatched_loss_worst, group.marked_px) == (Decimal(0), Decimal(1501))
    group, _ = _resolve(group, _long(), _short("1", price=1507), 40)
    assert group.unmatched_loss_worst == Decimal(7)
    group, _ = _resolve(group, _long(), _short(), 50)
    assert (group.marked_leg, group.marked_px) == (None, None)


def test_leaving_closes_both_sides_once() -> None:
    """An exit closes both sides together, and is not repeated while the closes are fresh."""
    group, actions = _resolve(close_group(HEDGED, "exit"), _long("1"), _short("1"), 1_000)
    assert actions == [(LONG, False, WHOLE), (SHORT, False, WHOLE)]
    under_way = (_long("1", closing=WHOLE), _short("1", closing=WHOLE))
    assert _resolve(group, *under_way, 1_010) == (group, [])
    assert close_group(group, "another word") == group
    over = replace(group, phase=PHASE.OVER)
    assert close_group(over, "another word") == over


def test_a_part_of_a_close_is_followed_by_the_rest() -> None:
    """A close that filled in part is followed by one of what is left, and of no more."""
    leaving = close_group(HEDGED, "exit")
    long = _long("0.7", closing=Decimal("0.2"))
    assert _resolve(leaving, long, _short(), 1_000)[1] == [(LONG, False, Decimal("0.5"))]


def test_a_close_without_an_answer_is_repeated() -> None:
    """Reduce-only, the same close twice closes nothing twice; nobody waits for the lost answer."""
    leaving = close_group(HEDGED, "exit")
    stale = _long("1", closing=WHOLE, closing_stale=WHOLE)
    group, actions = _resolve(leaving, stale, _short(), 1_050)
    assert (group.phase, actions) == (PHASE.LEAVING, [(LONG, False, WHOLE)])


def test_a_lost_close_beside_a_matched_part_takes_the_whole_group_along() -> None:
    """A repeated close could take from the matched part, so nothing stays matched."""
    part = Decimal("0.6")
    partly = replace(GROUP, target=Decimal("0.4"), fill_ups=1)
    stale = _long("1", closing=part, closing_stale=part)
    group, actions = _resolve(partly, stale, _short("0.4"), 70)
    assert group.phase is PHASE.LEAVING
    assert sorted(actions) == sorted([(LONG, False, WHOLE), (SHORT, False, Decimal("0.4"))])


def test_a_lost_close_of_the_short_side_takes_the_long_one_along() -> None:
    """The first side closes as well when the second one's close ends the group."""
    part = Decimal("0.6")
    partly = replace(GROUP, target=Decimal("0.4"), fill_ups=1)
    stale = _short("1", closing=part, closing_stale=part)
    _, actions = _resolve(partly, _long("0.4"), stale, 70)
    assert sorted(actions) == sorted([(SHORT, False, WHOLE), (LONG, False, Decimal("0.4"))])


def test_a_refused_close_waits_for_its_time() -> None:
    """An exchange that refuses a close is not asked without a pause; the other side is."""
    leaving = close_group(HEDGED, "exit")
    _, actions = _resolve(leaving, _long("1", may_close=False), _short("1"), 1_000)
    assert actions == [(SHORT, False, WHOLE)]


def test_a_group_with_an_open_question_is_not_over() -> None:
    """Flat legs end a group only once no order of it can fill any more."""
    leaving = close_group(HEDGED, "exit")
    asked = _short(opening=WHOLE)
    assert _resolve(leaving, _long(), asked, 9_000)[0].phase is PHASE.LEAVING


def test_an_action_says_why() -> None:
    """The cause of a close is that of the group."""
    _, actions = resolve(close_group(HEDGED, "exit"), PAIR, (_long("1"), _short("1")), BOUNDS, 1)
    assert actions[0] == Action(leg_id=LONG, opens=False, quantity=WHOLE, cause="exit")
