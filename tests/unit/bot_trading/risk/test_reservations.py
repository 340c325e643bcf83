"""What is held, and when it is given back."""

from __future__ import annotations

import pytest

from bot_trading.risk.reservations import Reservations
from tests.builders.core import LONG, SHORT, d


def _holding() -> Reservations:
    held = Reservations()
    held.hold("a", LONG, d("0.010"), d("50000"))
    held.hold("b", SHORT, d("0.020"), d("50000"))
    return held


def test_each_leg_holds_its_own() -> None:
    """The total is the sum of the legs."""
    held = _holding()
    assert (held.of_leg(LONG), held.of_leg(SHORT), held.total) == (d(500), d(1000), d(1500))


def test_fills_give_back_their_part() -> None:
    """What is outstanding stays held at the price of approval."""
    held = _holding()
    held.shrink("a", d("0.004"))
    assert held.of_leg(LONG) == d(200)


def test_nothing_is_given_back_twice() -> None:
    """A repeated, late or unknown message changes nothing."""
    held = _holding()
    held.shrink("a", d(0))
    held.shrink("a", d(0))
    held.shrink("a", d("0.005"))
    held.shrink("stranger", d(0))
    assert (held.of_leg(LONG), held.total) == (d(0), d(1000))


def test_what_is_outstanding_never_grows() -> None:
    """A message that says more than was approved holds no more."""
    held = _holding()
    held.shrink("a", d("0.011"))
    assert held.of_leg(LONG) == d(500)


def test_an_order_is_held_once() -> None:
    """Holding the same order twice is a mistake of ours."""
    held = _holding()
    with pytest.raises(ValueError, match="already holds"):
        held.hold("a", LONG, d("0.010"), d("50000"))
