"""Every contradiction in how legs are left is one sentence that names level and field."""

from __future__ import annotations

from typing import Any

import pytest

from bot_trading.errors import ConfigError
from bot_trading.sltp.policy import (
    DEFAULT_POLICY,
    ExitPolicy,
    LadderLevel,
    LockLevel,
    PartialTakeProfit,
    ProfitProtection,
    TimeAdjustment,
    TrailingStop,
    TrailingType,
    VolatilityAdjustment,
)
from tests.builders.core import an_instrument, d

Parts = dict[str, Any]


def ladder(*levels: tuple[str, str]) -> PartialTakeProfit:
    """Levels as (percent, close ratio)."""
    return PartialTakeProfit(
        levels=tuple(LadderLevel(percent=d(p), close_ratio=d(r)) for p, r in levels)
    )


def protection(**changes: Any) -> ProfitProtection:
    """Break-even at 0.8 %, 0.15 % beyond the entry."""
    parts: Parts = {"breakeven_percent": d("0.8"), "breakeven_offset_percent": d("0.15")}
    return ProfitProtection(**(parts | changes))


def locks(*levels: tuple[str, str]) -> ProfitProtection:
    """Locks as (trigger, lock)."""
    return protection(
        lock_levels=tuple(LockLevel(trigger_percent=d(t), lock_percent=d(x)) for t, x in levels)
    )


def trailing(**changes: Any) -> TrailingStop:
    """One percent of the price, from 3 % of gain on."""
    parts: Parts = {
        "kind": TrailingType.PERCENTAGE,
        "activation_percent": d(3),
        "distance_percent": d(1),
        "max_distance_percent": d(2),
    }
    return TrailingStop(**(parts | changes))


def _refusal(make: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        make()
    text = str(caught.value)
    assert text.startswith("enhanced_sltp.")
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ([], "partial_take_profit.levels is empty"),
        ([("0.012", "0.2")], "level 1 percent is 0.012: that looks like a fraction"),
        ([("0.012", "0.2")], "write 1.2 for 1.2 %"),
        ([("-1", "0.2")], "level 1 percent is -1: expected a percent above zero"),
        ([("120", "0.2")], "level 1 percent is 120: expected a percent of at most 50"),
        ([("NaN", "0.2")], "level 1 percent is NaN"),
        ([("1", "0")], "level 1 close_ratio is 0: expected a ratio above 0 and at most 1"),
        ([("1", "20")], "level 1 close_ratio is 20: expected a ratio"),
        ([("1", "-0.2")], "level 1 close_ratio is -0.2: expected a ratio"),
        ([("1", "0.6"), ("2", "0.5")], "level 2 close_ratio is 0.5: with it the levels close 1.1"),
        ([("2", "0.2"), ("1", "0.2")], "level 2 percent is 1: below level 1 with 2"),
        ([("1", "0.2"), ("1", "0.2")], "level 2 percent is 1: level 1 has the same"),
    ],
)
def test_a_ladder_that_cannot_be_meant_is_refused(
    levels: list[tuple[str, str]], words: str
) -> None:
    """By the level that is wrong and the field that makes it so."""
    assert words in _refusal(lambda: ladder(*levels))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"breakeven_percent": d("0.008")}, "breakeven_percent is 0.008: that looks like a frac"),
        ({"breakeven_offset_percent": d("0.8")}, "expected zero or more, and less than"),
        ({"breakeven_offset_percent": d("-0.1")}, "breakeven_offset_percent is -0.1"),
        ({"max_updates": 0}, "max_updates is 0: expected 1 or more"),
    ],
)
def test_a_break_even_that_cannot_be_meant_is_refused(changes: Parts, words: str) -> None:
    """Its offset lies between the entry and its trigger."""
    assert words in _refusal(lambda: protection(**changes))


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ([("1", "1")], "level 1 lock_percent is 1: expected less than its trigger_percent 1"),
        ([("0.8", "0.5")], "level 1 trigger_percent is 0.8: expected more than breakeven_percent"),
        ([("2", "1"), ("1.5", "1.2")], "level 2 trigger_percent is 1.5: below level 1"),
        ([("2", "1"), ("2", "1.2")], "level 2 trigger_percent is 2: level 1 has the same"),
        ([("2", "1.5"), ("3", "1")], "level 2 lock_percent is 1: below level 1"),
        ([("2", "0.01")], "level 1 lock_percent is 0.01: that looks like a fraction"),
    ],
)
def test_locks_that_cannot_be_meant_are_refused(levels: list[tuple[str, str]], words: str) -> None:
    """They rise, and each keeps less than what triggers it."""
    assert words in _refusal(lambda: locks(*levels))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"activation_percent": d("0.03")}, "activation_percent is 0.03: that looks like a frac"),
        ({"distance_percent": d(3)}, "distance_percent is 3: expected between"),
        ({"distance_percent": None}, "distance_percent is missing"),
        ({"distance_usdt": d(5)}, "distance_usdt is 5: a trailing stop by percentage ignores it"),
        ({"kind": TrailingType.FIXED}, "distance_usdt is missing"),
        ({"kind": TrailingType.ADAPTIVE}, "atr_reference_percent is missing"),
        ({"kind": TrailingType.ATR, "distance_percent": None}, "atr_multiple is missing"),
        (
            {"kind": TrailingType.ATR, "distance_percent": None, "atr_multiple": d(0)},
            "atr_multiple is 0: expected a number above zero",
        ),
        ({"step_percent": d(0)}, "step_percent is 0: expected above zero"),
        ({"min_distance_percent": d(5)}, "min_distance_percent is 5: expected at most"),
    ],
)
def test_a_trailing_stop_that_cannot_be_meant_is_refused(changes: Parts, words: str) -> None:
    """Each kind has what it measures by, and nothing that it would ignore."""
    assert f"trailing_stop.{words}" in _refusal(lambda: trailing(**changes))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: TimeAdjustment(tighten_after_s=0, tighten_ratio=d("0.5")), "tighten_after_s is 0"),
        (lambda: TimeAdjustment(tighten_after_s=9, tighten_ratio=d(2)), "tighten_ratio is 2"),
        (
            lambda: VolatilityAdjustment(calm_below_atr_percent=d(0), tighten_ratio=d(1)),
            "calm_below_atr_percent is 0",
        ),
        (
            lambda: VolatilityAdjustment(
                calm_below_atr_percent=d(1), tighten_ratio=d(1), close_above_atr_percent=d(1)
            ),
            "close_above_atr_percent is 1: expected more than",
        ),
        (lambda: ExitPolicy(stop_loss_percent=d(1), atr_candles=0), "atr_candles is 0"),
        (lambda: ExitPolicy(stop_loss_percent=d("0.006")), "stop_loss_percent is 0.006: that"),
    ],
)
def test_adjustments_only_ever_tighten(make: Any, words: str) -> None:
    """A ratio above 1 would widen; zero would leave no distance."""
    assert words in _refusal(make)


def test_a_break_even_above_the_first_target_is_refused() -> None:
    """The ladder would begin before the leg is safe; at the target itself is allowed."""
    levels = ladder(("1.2", "0.2"))
    early = protection(breakeven_percent=d("1.2"))
    assert ExitPolicy(stop_loss_percent=d(1), partial_take_profit=levels, profit_protection=early)
    late = protection(breakeven_percent=d("1.3"))
    text = _refusal(
        lambda: ExitPolicy(
            stop_loss_percent=d(1), partial_take_profit=levels, profit_protection=late
        )
    )
    assert "profit_protection.breakeven_percent is 1.3: above the first target" in text
    assert "level 1 percent 1.2" in text


def test_a_distance_below_one_tick_is_named_with_its_instrument() -> None:
    """Known only once the exchange told its ticks, and said before anything is entered."""
    fixed = trailing(kind=TrailingType.FIXED, distance_percent=None, distance_usdt=d("0.05"))
    policy = ExitPolicy(stop_loss_percent=d(1), trailing_stop=fixed)
    assert policy.problem_with(an_instrument(), d(50000)) == (
        "enhanced_sltp.trailing_stop.distance_usdt is below one tick of BTCUSDT, 0.1"
    )
    assert policy.problem_with(an_instrument(tick_size=d("0.05")), d(50000)) is None
    coarse = an_instrument(tick_size=d(1000))
    named = DEFAULT_POLICY.problem_with(coarse, d(50000))
    assert named is not None
    assert "trailing_stop.min_distance_percent is below one tick" in named
    plain = ExitPolicy(stop_loss_percent=d(1), partial_take_profit=ladder(("1", "0.5")))
    assert "level 1 percent" in str(plain.problem_with(coarse, d(50000)))


def test_only_what_measures_volatility_needs_it() -> None:
    """So that nobody pays for an average true range that nobody asks for."""
    assert not DEFAULT_POLICY.needs_atr
    by_atr = trailing(kind=TrailingType.ATR, distance_percent=None, atr_multiple=d(3))
    assert ExitPolicy(stop_loss_percent=d(1), trailing_stop=by_atr).needs_atr
    calm = VolatilityAdjustment(calm_below_atr_percent=d("0.1"), tighten_ratio=d("0.5"))
    assert ExitPolicy(stop_loss_percent=d(1), volatility_adjustment=calm).needs_atr


FIXED: Parts = {
    "kind": TrailingType.FIXED,
    "distance_percent": None,
    "distance_usdt": d(400),
    "native": True,
}


def test_what_an_exchange_cannot_follow_by_is_refused() -> None:
    """It knows one distance, which nothing shortens."""
    assert _refusal(lambda: trailing(native=True)) == (
        "enhanced_sltp.trailing_stop.native is true: an exchange follows at a fixed distance only, "
        "and this is by percentage"
    )
    shorter = TimeAdjustment(tighten_after_s=60, tighten_ratio=d("0.5"))
    calm = VolatilityAdjustment(calm_below_atr_percent=d("0.1"), tighten_ratio=d("0.5"))
    for parts, words in (
        ({"time_adjustment": shorter}, "and time_adjustment does; leave one out"),
        ({"volatility_adjustment": calm}, "and volatility_adjustment does; leave one out"),
    ):
        policy: Parts = {"stop_loss_percent": d(1), "trailing_stop": trailing(**FIXED)}
        assert words in _refusal(lambda policy=policy, parts=parts: ExitPolicy(**policy, **parts))


def test_the_exchange_trails_only_where_that_is_declared() -> None:
    """The default is the bot's own way."""
    native = ExitPolicy(stop_loss_percent=d(1), trailing_stop=trailing(**FIXED))
    assert native.trails_natively
    assert not ExitPolicy(stop_loss_percent=d(1), trailing_stop=trailing()).trails_natively
    assert not ExitPolicy(stop_loss_percent=d(1)).trails_natively
