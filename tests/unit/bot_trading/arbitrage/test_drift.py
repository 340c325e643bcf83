"""How money wanders between two exchanges is told, and nothing is told of what is unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.arbitrage.drift import balance_drift

MONEY = st.integers(1, 10**6).map(Decimal)


def test_a_side_that_earns_what_the_other_loses_drifts() -> None:
    """The share moved, and the amount that restores it, are told."""
    drift = balance_drift((Decimal(1000), Decimal(1000)), (Decimal(1500), Decimal(500)))
    assert drift is not None
    assert drift.drift_ratio == Decimal("0.25")
    assert drift.to_move == Decimal(500)


@pytest.mark.parametrize(
    "now",
    [(None, Decimal(1)), (Decimal(1), None), (Decimal(0), Decimal(0))],
)
def test_an_unknown_balance_has_no_drift(now: tuple[Decimal | None, Decimal | None]) -> None:
    """A balance that nobody told, or that is gone, is not taken for an even one."""
    assert balance_drift((Decimal(1), Decimal(1)), now) is None


def test_no_money_at_first_has_no_drift() -> None:
    """Shares of nothing are unknown."""
    assert balance_drift((Decimal(0), Decimal(0)), (Decimal(1), Decimal(1))) is None


@given(then=st.tuples(MONEY, MONEY), now=st.tuples(MONEY, MONEY))
def test_moving_the_amount_restores_the_shares(
    then: tuple[Decimal, Decimal], now: tuple[Decimal, Decimal]
) -> None:
    """After a person carried `to_move` from the first to the second side, nothing has drifted."""
    drift = balance_drift(then, now)
    assert drift is not None
    restored = balance_drift(then, (now[0] - drift.to_move, now[1] + drift.to_move))
    assert restored is not None
    assert abs(restored.drift_ratio) < Decimal("1e-20")
