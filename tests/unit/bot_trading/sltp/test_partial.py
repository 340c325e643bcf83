"""The ladder: exact quantities, merging, gaps, scaling in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.partial import due_rungs, order_quantity, plan_ladder, rung_filled
from bot_trading.sltp.policy import LadderExecution, LadderLevel, PartialTakeProfit
from tests.builders.core import LONG, SHORT, an_instrument, d

RULES = an_instrument()


def ladder(*levels: tuple[str, str], rests: bool = True) -> PartialTakeProfit:
    """Levels as (percent, close ratio)."""
    return PartialTakeProfit(
        levels=tuple(LadderLevel(percent=d(p), close_ratio=d(r)) for p, r in levels),
        execution=LadderExecution.RESTING if rests else LadderExecution.ON_TOUCH,
    )


DEFAULT = ladder(("1.2", "0.2"), ("2.4", "0.3"))


def held(quantity: str = "0.020", leg_id: LegId = LONG, price: str = "50000") -> PositionLeg:
    """A leg that was entered at once."""
    return PositionLeg(
        leg_id=leg_id,
        quantity=d(quantity),
        entered_qty=d(quantity),
        entry_value=d(quantity) * d(price),
        episode=1,
    )


def reduced(leg: PositionLeg, by: str) -> PositionLeg:
    """The leg after a part of it left at the average price."""
    quantity = leg.quantity - d(by)
    assert leg.avg_px is not None
    return replace(leg, quantity=quantity, entry_value=quantity * leg.avg_px)


def added(leg: PositionLeg, quantity: str, price: str) -> PositionLeg:
    """The leg after a further entry."""
    return replace(
        leg,
        quantity=leg.quantity + d(quantity),
        entered_qty=leg.entered_qty + d(quantity),
        entry_value=leg.entry_value + d(quantity) * d(price),
    )


def quantities(rungs: tuple[LadderRung, ...]) -> list[str]:
    """What each level closes."""
    return [f"{rung.quantity.normalize():f}" for rung in rungs]


@pytest.mark.parametrize(
    ("leg_id", "prices"), [(LONG, ["50600", "51200"]), (SHORT, ["49400", "48800"])]
)
def test_the_default_ladder_closes_a_fifth_and_three_tenths(
    leg_id: LegId, prices: list[str]
) -> None:
    """At +1.2 % and +2.4 % of the entry, on the profitable side of either leg."""
    rungs = plan_ladder(DEFAULT, held(leg_id=leg_id), RULES)
    assert quantities(rungs) == ["0.004", "0.006"]
    assert [rung.price for rung in rungs] == [d(price) for price in prices]
    assert [rung.status for rung in rungs] == [RungStatus.PLANNED] * 2


def test_prices_round_towards_the_entry() -> None:
    """As every target does: nearer by less than a tick, on the grid."""
    leg = held(price="50000.07")
    [first, _] = plan_ladder(DEFAULT, leg, RULES)
    assert first.price == d("50600.0")
    [short, _] = plan_ladder(DEFAULT, held(leg_id=SHORT, price="50000.07"), RULES)
    assert short.price == d("49400.1")


def test_cumulative_rounding_loses_nothing() -> None:
    """Thirds of 0.010 are 3, 3 and 4 steps, not 3, 3 and 3."""
    thirds = ladder(("1", "0.33"), ("2", "0.33"), ("3", "0.34"))
    assert quantities(plan_ladder(thirds, held("0.010"), RULES)) == ["0.003", "0.003", "0.004"]


def test_a_level_below_the_minimum_is_closed_with_the_next() -> None:
    """By quantity, and by value."""
    rules = an_instrument(min_qty=d("0.005"))
    merged = plan_ladder(DEFAULT, held(), rules)
    assert quantities(merged) == ["0", "0.01"]
    assert [rung.status for rung in merged] == [RungStatus.MERGED, RungStatus.PLANNED]
    assert merged[0].cause == "below the exchange's minimum"
    by_value = plan_ladder(DEFAULT, held(), an_instrument(min_notional=d("250")))
    assert quantities(by_value) == ["0", "0.01"]


def test_what_no_level_can_close_stays_with_the_stop() -> None:
    """A leg at the exchange's minimum has no ladder."""
    assert quantities(plan_ladder(DEFAULT, held("0.001"), RULES)) == ["0", "0"]


def test_a_rest_below_the_minimum_is_closed_with_the_last_level() -> None:
    """It could not be closed later."""
    most = ladder(("1", "0.5"), ("2", "0.45"))
    rules = an_instrument(min_qty=d("0.002"))
    assert quantities(plan_ladder(most, held(), rules)) == ["0.01", "0.01"]


def test_a_ladder_of_everything_closes_dust_too() -> None:
    """A leg off the step is closed to the last digit by ratios that sum to 1."""
    whole = ladder(("1", "0.5"), ("2", "0.5"))
    assert quantities(plan_ladder(whole, held("0.0205"), RULES)) == ["0.01", "0.0105"]


def test_scaling_in_moves_levels_that_have_not_begun() -> None:
    """Their prices follow the average, their quantities what was entered in total."""
    leg = held()
    rungs = plan_ladder(DEFAULT, leg, RULES)
    grown = added(leg, "0.020", "51000")
    after = plan_ladder(DEFAULT, grown, RULES, rungs)
    assert quantities(after) == ["0.008", "0.012"]
    assert after[0].price == d("51106")
    assert after[0].cause == "the leg changed"


def test_a_level_that_has_begun_keeps_quantity_and_price() -> None:
    """It is never opened again, however much is added."""
    leg = held()
    first, second = plan_ladder(DEFAULT, leg, RULES)
    begun = rung_filled(first, d("0.001"))
    grown = added(reduced(leg, "0.001"), "0.020", "50000")
    after = plan_ladder(DEFAULT, grown, RULES, (begun, second))
    assert after[0] == begun
    assert quantities(after) == ["0.004", "0.012"]
    done = rung_filled(begun, d("0.003"))
    grown = added(reduced(leg, "0.004"), "0.020", "50000")
    assert plan_ladder(DEFAULT, grown, RULES, (done, second))[0] == done
    assert done.status is RungStatus.FILLED


def test_nearer_levels_are_served_first_when_the_leg_shrinks() -> None:
    """Together they never close more than is open."""
    leg = held()
    rungs = plan_ladder(DEFAULT, leg, RULES)
    assert quantities(plan_ladder(DEFAULT, reduced(leg, "0.012"), RULES, rungs)) == [
        *("0.004", "0.004")
    ]
    assert quantities(plan_ladder(DEFAULT, reduced(leg, "0.017"), RULES, rungs)) == ["0.003", "0"]


def test_planning_again_changes_nothing() -> None:
    """The same leg has the same rungs, and they are the same values."""
    rungs = plan_ladder(DEFAULT, held(), RULES)
    again = plan_ladder(DEFAULT, held(), RULES, rungs)
    assert [new is old for new, old in zip(again, rungs, strict=True)] == [True, True]


def test_resting_rungs_are_due_at_any_price() -> None:
    """Unless their order is not settled."""
    rungs = plan_ladder(DEFAULT, held(), RULES)
    assert due_rungs(DEFAULT, held(), d("50000"), rungs) == list(rungs)
    assert due_rungs(DEFAULT, held(), d("50000"), rungs, busy=[1]) == [rungs[1]]


@pytest.mark.parametrize(
    ("price", "levels"), [("50599.9", []), ("50600", [1]), ("51199.9", [1]), ("60000", [1, 2])]
)
def test_a_gap_across_several_levels_touches_all_of_them(price: str, levels: list[int]) -> None:
    """At the level is touched; beyond several, all are."""
    touched = ladder(("1.2", "0.2"), ("2.4", "0.3"), rests=False)
    rungs = plan_ladder(touched, held(), RULES)
    assert [rung.level for rung in due_rungs(touched, held(), d(price), rungs)] == levels


def test_an_executed_level_is_never_due_again() -> None:
    """Wherever the price goes."""
    touched = ladder(("1.2", "0.2"), ("2.4", "0.3"), rests=False)
    first, second = plan_ladder(touched, held(), RULES)
    done = rung_filled(first, first.quantity)
    due = due_rungs(touched, reduced(held(), "0.004"), d("60000"), (done, second))
    assert due == [second]


def test_an_order_closes_at_most_what_is_open_and_what_an_order_may_hold() -> None:
    """The remainder is sent with the next one; what lies off the step is left."""
    [first, _] = plan_ladder(DEFAULT, held(), RULES)
    assert order_quantity(first, held(), RULES, Decimal(100)) == d("0.004")
    assert order_quantity(first, held("0.003"), RULES, Decimal(100)) == d("0.003")
    assert order_quantity(first, held("0.0035"), RULES, Decimal(100)) == d("0.003")
    assert order_quantity(first, held("0.0005"), RULES, Decimal(100)) == 0
    assert order_quantity(first, held(), RULES, d("0.001")) == d("0.001")


def test_a_fill_beyond_the_plan_is_not_hidden() -> None:
    """An order that was larger than the plan has become since raises the plan."""
    [first, _] = plan_ladder(DEFAULT, held(), RULES)
    after = rung_filled(first, d("0.005"))
    assert (after.quantity, after.filled_qty) == (d("0.005"), d("0.005"))
    assert after.status is RungStatus.FILLED


def test_a_flat_leg_has_no_ladder() -> None:
    """There is no entry price to measure from."""
    with pytest.raises(ValueError, match="is flat"):
        plan_ladder(DEFAULT, PositionLeg(leg_id=LONG), RULES)
