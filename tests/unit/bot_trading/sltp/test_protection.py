"""Where profit protection puts the stop of either leg."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import PositionLeg
from bot_trading.sltp.policy import DEFAULT_POLICY, LockLevel, PartialTakeProfit, ProfitProtection
from bot_trading.sltp.protection import (
    StopIdea,
    at_gain,
    on_its_side,
    profit_stop,
    tightened_stop,
    tighter,
    update_sl_after_partial,
)
from tests.builders.core import LONG, SHORT, an_instrument, d

RULES = an_instrument()
HIGH = d("90000")
PROTECTION = ProfitProtection(
    breakeven_percent=d("0.8"),
    breakeven_offset_percent=d("0.15"),
    lock_levels=(
        LockLevel(trigger_percent=d(2), lock_percent=d(1)),
        LockLevel(trigger_percent=d(4), lock_percent=d(3)),
    ),
)


def held(leg_id: LegId = LONG, price: str = "50000") -> PositionLeg:
    """One coin."""
    return PositionLeg(
        leg_id=leg_id, quantity=d(1), entered_qty=d(1), entry_value=d(price), episode=1
    )


def rung(level: int, price: str, status: RungStatus = RungStatus.FILLED) -> LadderRung:
    """A rung that closed a tenth."""
    return LadderRung(
        leg_id=LONG,
        episode=1,
        level=level,
        percent=d(level),
        close_ratio=d("0.1"),
        quantity=d("0.1"),
        price=d(price),
        filled_qty=d("0.1") if status is RungStatus.FILLED else d(0),
        status=status,
    )


@pytest.mark.parametrize(
    ("price", "stop"),
    [
        ("50399.9", None),
        ("50400", "50075"),
        ("50999", "50075"),
        ("51000", "50500"),
        ("51999", "50500"),
        ("52000", "51500"),
        ("90000", "51500"),
    ],
)
def test_break_even_and_locks_of_a_long_leg(price: str, stop: str | None) -> None:
    """At the trigger itself they hold; the highest that was reached counts."""
    idea = profit_stop(PROTECTION, held(), d(price), RULES)
    assert (idea and idea.stop_loss) == (stop and d(stop))


@pytest.mark.parametrize(
    ("price", "stop"), [("49600.1", None), ("49600", "49925"), ("49000", "49500")]
)
def test_break_even_and_locks_of_a_short_leg(price: str, stop: str | None) -> None:
    """The same on the other side."""
    idea = profit_stop(PROTECTION, held(SHORT), d(price), RULES)
    assert (idea and idea.stop_loss) == (stop and d(stop))


def test_a_kept_gain_is_never_rounded_down() -> None:
    """The grid moves the stop towards more gain, by less than a tick."""
    assert at_gain(held(price="50000.03"), d("0.15"), RULES) == d("50075.1")
    assert at_gain(held(SHORT, "50000.03"), d("0.15"), RULES) == d("49925.0")


def test_no_stop_can_rest_beyond_the_price() -> None:
    """At the price is beyond it too."""
    idea = StopIdea(d("50000"), "x")
    assert on_its_side(idea, held(), d("50000")) is None
    assert on_its_side(idea, held(), d("50000.1")) is idea
    assert on_its_side(idea, held(SHORT), d("50000")) is None
    assert on_its_side(idea, held(SHORT), d("49999.9")) is idea
    assert on_its_side(None, held(), d(1)) is None


def test_the_tightest_idea_wins_on_either_leg() -> None:
    """None asks for nothing."""
    low, high = StopIdea(d(1), "low"), StopIdea(d(2), "high")
    for left, right in ((low, high), (high, low)):
        assert tighter(held(), left, right) is high
        assert tighter(held(SHORT), left, right) is low
    assert tighter(held(), None, low) is tighter(held(), low, None) is low
    assert tighter(held(), None, None) is None


def test_after_the_first_level_the_stop_goes_to_break_even() -> None:
    """With the offset that pays fees and funding.

    Pain 9: after the first target the stop stays where the entry put it.
    """
    idea = update_sl_after_partial(DEFAULT_POLICY, held(), [rung(1, "50600")], RULES, HIGH)
    assert idea == StopIdea(d("50075"), "ladder level 1 was executed")


def test_after_a_further_level_the_stop_goes_to_the_level_before_it() -> None:
    """Levels that were merged or not reached do not count."""
    rungs = [rung(1, "50600"), rung(2, "51200"), rung(3, "52000", RungStatus.SENT)]
    idea = update_sl_after_partial(DEFAULT_POLICY, held(), rungs, RULES, HIGH)
    assert idea == StopIdea(d("50600"), "ladder level 2 was executed")
    merged = [rung(1, "50600", RungStatus.MERGED), rung(2, "51200")]
    idea = update_sl_after_partial(DEFAULT_POLICY, held(), merged, RULES, HIGH)
    assert idea == StopIdea(d("50075"), "ladder level 2 was executed")


@pytest.mark.parametrize(
    ("price", "stop", "level"),
    [("50601", "50600", 2), ("50600", "50075", 1), ("50076", "50075", 1), ("50075", None, None)],
)
def test_a_wick_through_two_levels_still_moves_the_stop(
    price: str, stop: str | None, level: int | None
) -> None:
    """Once the price is back behind the furthest level, the stop of a nearer one is asked for."""
    rungs = [rung(1, "50600"), rung(2, "51200")]
    idea = update_sl_after_partial(DEFAULT_POLICY, held(), rungs, RULES, d(price))
    expected = stop and StopIdea(d(stop), f"ladder level {level} was executed")
    assert idea == expected


def test_the_stop_stays_where_levels_do_not_move_it() -> None:
    """Not asked for, nothing executed, or no ladder at all."""
    ladder = DEFAULT_POLICY.partial_take_profit
    assert isinstance(ladder, PartialTakeProfit)
    still = replace(
        DEFAULT_POLICY, partial_take_profit=replace(ladder, update_sl_after_partial=False)
    )
    done = [rung(1, "50600")]
    assert update_sl_after_partial(still, held(), done, RULES, HIGH) is None
    assert update_sl_after_partial(DEFAULT_POLICY, held(), (), RULES, HIGH) is None
    none = replace(DEFAULT_POLICY, partial_take_profit=None)
    assert update_sl_after_partial(none, held(), done, RULES, HIGH) is None


def test_time_and_calm_shorten_the_first_distance() -> None:
    """Half of 0.6 % of 50000, on the losing side; the whole distance asks for nothing."""
    half = Decimal("0.5")
    assert tightened_stop(DEFAULT_POLICY, held(), Decimal(1), RULES) is None
    idea = tightened_stop(DEFAULT_POLICY, held(), half, RULES)
    assert idea is not None
    assert idea.stop_loss == d("49850")
    short = tightened_stop(DEFAULT_POLICY, held(SHORT), half, RULES)
    assert short is not None
    assert short.stop_loss == d("50150")
