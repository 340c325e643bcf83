"""Both bots get the same rules, and v3 keeps its own limits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.engine.state import CoreConfig
from bot_trading.errors import ConfigError
from readiness.compatibility.rules import Rules, core_of, rules_of


def test_the_rules_are_those_of_the_configuration(shipped: CoreConfig, rules: Rules) -> None:
    """Momentum is taken over, the horizon of a position is v2's."""
    assert rules.momentum == shipped.momentum
    core = core_of(shipped, rules)
    assert core.momentum is not None
    assert core.momentum.horizon_s == rules.horizon_s == core.barrier.horizon_s
    assert core.barrier.stop_ratio == Decimal("0.006")
    assert core.barrier.target_ratio == Decimal("0.009")


def test_what_v2_never_had_is_left_out(shipped: CoreConfig, core: CoreConfig) -> None:
    """No ladder, no trailing stop, no past to measure losses by; other limits stay as they are."""
    assert shipped.exits is not None
    assert core.exits is None
    assert core.short_exits is None
    far = shipped.limits.total_exposure_max_usdt
    assert core.limits == replace(
        shipped.limits, value_at_risk_max_usdt=far, expected_shortfall_max_usdt=far
    )


def test_a_model_is_no_rule_of_v2(shipped: CoreConfig) -> None:
    """Opinions of a model cannot be compared with v2's."""
    with pytest.raises(ConfigError, match="compare with momentum"):
        rules_of(replace(shipped, momentum=None))
