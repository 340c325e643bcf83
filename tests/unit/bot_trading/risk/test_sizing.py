"""Quantities from opinions and from legs, never rounded upward."""

from __future__ import annotations

import pytest

from bot_trading.risk.sizing import entry_quantity, exit_quantity, market_pieces
from tests.builders.core import an_instrument, d


@pytest.mark.parametrize(
    ("notional", "px", "quantity"),
    [
        ("1000", "50000", "0.020"),
        ("1000", "50000.1", "0.019"),
        ("49.99", "50000", "0"),
        ("50", "50000", "0.001"),
        ("10000000", "50000", "100"),
    ],
)
def test_an_entry_is_worth_at_most_what_was_meant(notional: str, px: str, quantity: str) -> None:
    """Rounded down to the step, capped at the exchange's maximum, zero below one step."""
    assert entry_quantity(d(notional), d(px), an_instrument()) == d(quantity)


@pytest.mark.parametrize(
    ("open_qty", "ratio", "quantity"),
    [
        ("0.010", "1", "0.010"),
        ("0.010", "0.5", "0.005"),
        ("0.010", "0.55", "0.005"),
        ("0.010", "0.09", "0"),
        ("0.010", "0.10", "0.001"),
        ("0.003", "0.9", "0.002"),
        ("0.0015", "0.7", "0.001"),
        ("0.0015", "1", "0.001"),
        ("0.0005", "1", "0"),
    ],
)
def test_an_exit_closes_its_part_on_the_step(open_qty: str, ratio: str, quantity: str) -> None:
    """All that the step reaches at a ratio of one; nothing below the minimum; a remainder below it
    goes along as far as the step reaches."""
    assert exit_quantity(d(open_qty), d(ratio), an_instrument()) == d(quantity)


@pytest.mark.parametrize(
    ("quantity", "pieces"),
    [
        ("0", ()),
        ("99.999", ("99.999",)),
        ("100", ("100",)),
        ("100.001", ("100", "0.001")),
        ("250", ("100", "100", "50")),
    ],
)
def test_no_piece_exceeds_what_one_market_order_may_hold(
    quantity: str, pieces: tuple[str, ...]
) -> None:
    """A leg above the exchange's maximum is closed in pieces, since the whole would be refused."""
    assert market_pieces(d(quantity), an_instrument()) == tuple(map(d, pieces))
