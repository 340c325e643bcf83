"""Sizes never exceed what was meant, whatever steps an exchange has."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.risk.sizing import entry_quantity, exit_quantity
from tests.builders.core import an_instrument

_STEPS = st.sampled_from([Decimal(s) for s in ("0.00000001", "0.001", "0.1", "1", "10", "0.005")])


@settings(deadline=None, print_blob=True, max_examples=200)
@given(
    notional=st.decimals("0.01", "1000000", places=2),
    price=st.decimals("0.00000001", "1000000", places=8),
    step=_STEPS,
)
def test_an_entry_never_costs_more_than_was_meant(
    notional: Decimal, price: Decimal, step: Decimal
) -> None:
    """On the step, at most the notional, and never more than one step below it unless capped."""
    instrument = an_instrument(qty_step=step, min_qty=step)
    quantity = entry_quantity(notional, price, instrument)
    assert quantity >= 0
    assert quantity % step == 0
    assert quantity * price <= notional
    assert quantity + step > min(notional / price, instrument.max_market_qty)


@settings(deadline=None, print_blob=True, max_examples=200)
@given(
    steps=st.integers(1, 100_000),
    ratio=st.decimals("0.0001", "1", places=4).filter(lambda r: r > 0),
    step=_STEPS,
    minimum=st.integers(1, 20),
)
def test_an_exit_never_closes_more_than_is_held_nor_leaves_dust(
    steps: int, ratio: Decimal, step: Decimal, minimum: int
) -> None:
    """What stays open can still be closed: it is nothing, or at least the exchange's minimum."""
    instrument = an_instrument(
        qty_step=step, min_qty=step * minimum, max_market_qty=step * 1_000_000
    )
    held = step * max(steps, minimum)
    closed = exit_quantity(held, ratio, instrument)
    assert 0 <= closed <= held
    assert closed % step == 0
    rest = held - closed
    assert rest == 0 or rest >= instrument.min_qty
    assert closed == 0 or closed >= instrument.min_qty
    if closed != held:
        assert closed <= held * ratio
