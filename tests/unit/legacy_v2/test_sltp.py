"""v2's stops: distances, additions, and the reasons to close."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from legacy_v2.orders import Instrument
from legacy_v2.sltp import Stop, StopRules, stop_for, why_close

RULES = StopRules()
OPENED = datetime(2026, 1, 5)  # noqa: DTZ001 (v2's times are naive)
BTC = Instrument(symbol="BTCUSDT", price_decimals=1, quantity_decimals=3, min_quantity=0.001)


def _stop(side: str, price: float = 60_000.0, held: Stop | None = None) -> Stop:
    return stop_for(RULES, BTC, side, price, OPENED, held)


@pytest.mark.parametrize(
    ("side", "stop_loss", "take_profit"),
    [("Buy", 59_640.0, 60_540.0), ("Sell", 60_360.0, 59_460.0)],
)
def test_distances_are_percent_of_the_entry(
    side: str, stop_loss: float, take_profit: float
) -> None:
    """Six tenths of a percent against the position, nine for it."""
    stop = _stop(side)
    assert (stop.stop_loss, stop.take_profit, stop.opened_at) == (stop_loss, take_profit, OPENED)


@pytest.mark.parametrize(
    ("side", "second", "stop_loss"),
    [
        ("Buy", 60_100.0, 59_739.4),
        ("Buy", 59_900.0, 59_640.0),
        ("Sell", 59_900.0, 60_259.4),
        ("Sell", 60_100.0, 60_360.0),
    ],
)
def test_a_further_entry_never_loosens_the_stop(side: str, second: float, stop_loss: float) -> None:
    """The tighter stop holds; target and time are those of the first entry."""
    first = _stop(side)
    later = OPENED + timedelta(minutes=5)
    both = stop_for(RULES, BTC, side, second, later, first)
    assert both.stop_loss == pytest.approx(stop_loss)
    assert (both.take_profit, both.opened_at) == (first.take_profit, OPENED)


@pytest.mark.parametrize(
    ("side", "price", "seconds", "reason"),
    [
        ("Buy", 59_640.1, 0, None),
        ("Buy", 59_640.0, 0, "stop_loss"),
        ("Buy", 60_539.9, 899, None),
        ("Buy", 60_540.0, 0, "take_profit"),
        ("Buy", 60_000.0, 900, "timeout"),
        ("Sell", 60_359.9, 0, None),
        ("Sell", 60_360.0, 0, "stop_loss"),
        ("Sell", 59_460.1, 899, None),
        ("Sell", 59_460.0, 0, "take_profit"),
        ("Sell", 60_000.0, 900, "timeout"),
        ("Sell", 61_000.0, 900, "stop_loss"),
    ],
)
def test_a_position_is_closed_at_its_levels_and_not_before(
    side: str, price: float, seconds: int, reason: str | None
) -> None:
    """At the level, and at the horizon, it is closed; one tick and one second before it is not."""
    assert why_close(RULES, _stop(side), price, OPENED + timedelta(seconds=seconds)) == reason
