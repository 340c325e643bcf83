"""The rule answers without any model, and never by accident above a threshold."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from bot_trading.features.catalog import feature_names
from bot_trading.ml.rule import Rule, rule_ratios

RULE = Rule(feature="f1", win_with_ratio=Decimal("0.2"), win_against_ratio=Decimal("0.3"))
NAMES = ("f0", "f1")


def test_the_sign_of_the_trend_decides() -> None:
    """With the trend upward a long goes with it and a short against; downward the other way."""
    assert rule_ratios(RULE, NAMES, np.array([0, 1.0])) == (Decimal("0.2"), Decimal("0.3"))
    assert rule_ratios(RULE, NAMES, np.array([0, -1.0])) == (Decimal("0.3"), Decimal("0.2"))


def test_an_unreadable_trend_favours_nobody() -> None:
    """No row, NaN, zero or an unknown feature gives equal probabilities."""
    for row in (np.empty(0), np.array([0, np.nan]), np.zeros(2), np.zeros(3)):
        long_ratio, short_ratio = rule_ratios(RULE, NAMES, row)
        assert long_ratio == short_ratio
    long_ratio, short_ratio = rule_ratios(RULE, ("f0",), np.array([1.0]))
    assert long_ratio == short_ratio


def test_the_default_rule_knows_its_feature() -> None:
    """The default's feature is in the catalogue, and its win rates lie below one half."""
    assert Rule().feature in feature_names()
    assert 0 < Rule().win_with_ratio < Rule().win_against_ratio < Decimal("0.5")
