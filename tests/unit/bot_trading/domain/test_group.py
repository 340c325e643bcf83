"""A group of two legs: its legs, its account, and how long it hung on one of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import LegId, PositionIdx

GROUP = LegGroup(
    group_id="g",
    long_leg=LegId("bybit", "BTCUSDT", PositionIdx.LONG),
    short_leg=LegId("binance", "BTCUSDT", PositionIdx.SHORT),
    quantity=Decimal(1),
    target=Decimal(1),
    expected_net_bps=Decimal(10),
    one_sided_max_us=500,
    loss_max=Decimal(5),
    ts_opened_us=0,
    ts_market_us=0,
    ts_updated_us=0,
)


def test_the_account_is_the_sum_of_both_legs() -> None:
    """What a group earned is what its legs earned, after fees and funding."""
    assert replace(GROUP, long_pnl=Decimal("1.5"), short_pnl=Decimal(-2)).pnl == Decimal("-0.5")


def test_the_longest_stretch_counts_the_present_one() -> None:
    """A group that hangs on one leg now is measured while it does."""
    hung = replace(GROUP, one_sided_longest_us=40)
    assert hung.one_sided_us(1_000) == 40
    assert replace(hung, one_sided_since_us=900).one_sided_us(1_000) == 100
    assert replace(hung, one_sided_since_us=990).one_sided_us(1_000) == 40


def test_legs_come_long_first() -> None:
    """The long leg is named before the short one, and a new group is not over."""
    assert GROUP.legs == (GROUP.long_leg, GROUP.short_leg)
    assert not GROUP.is_over
    assert replace(GROUP, phase=GroupPhase.OVER).is_over
