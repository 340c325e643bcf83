"""Limits that contradict each other, or do not limit, are refused."""

from __future__ import annotations

import dataclasses

import pytest

from bot_trading.errors import ConfigError
from bot_trading.risk.limits import CONTRADICTIONS, RiskLimits
from tests.builders.core import d, risk_limits


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(RiskLimits)])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_every_limit_is_above_zero(name: str, value: str) -> None:
    """The sentence names the key."""
    with pytest.raises(ConfigError, match=f"risk.{name} is {value}"):
        risk_limits(**{name: d(value)})


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(RiskLimits)])
def test_no_limit_has_a_default(name: str) -> None:
    """A missing limit is a mistake, never a choice."""
    parts = dataclasses.asdict(risk_limits())
    del parts[name]
    with pytest.raises(TypeError, match=name):
        RiskLimits(**parts)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order_notional_max_usdt": d("4000.01")}, "above risk.leg_exposure_max_usdt"),
        ({"leg_exposure_max_usdt": d("6000.01")}, "above risk.total_exposure_max_usdt"),
    ],
)
def test_a_part_may_not_exceed_the_whole(changes: dict[str, object], words: str) -> None:
    """Just above is refused with both keys named."""
    with pytest.raises(ConfigError, match=words):
        risk_limits(**changes)


def test_a_part_may_equal_the_whole() -> None:
    """Exactly equal limits do not contradict each other."""
    equal = d("4000")
    names = {name for pair in CONTRADICTIONS for name in pair if name.endswith("exposure_max_usdt")}
    names |= {"order_notional_max_usdt", "value_at_risk_max_usdt", "expected_shortfall_max_usdt"}
    limits = risk_limits(**dict.fromkeys(names, equal))
    assert limits.leg_exposure_max_usdt == equal


def test_a_limit_that_is_not_a_number_is_refused() -> None:
    """NaN compares false with everything, so it must not slip through."""
    with pytest.raises((ConfigError, ArithmeticError)):
        risk_limits(daily_loss_max_usdt=d("NaN"))
