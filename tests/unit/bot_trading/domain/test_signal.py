"""Opinions and the exits they come with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.domain.signal import BarrierSpec, Direction
from tests.builders.core import LONG, SHORT, a_signal, d


@pytest.mark.parametrize("confidence", ["0", "1", "-0.1", "1.1"])
def test_confidence_lies_strictly_between_zero_and_one(confidence: str) -> None:
    """Certainty does not exist, and neither does an opinion without any."""
    with pytest.raises(ValueError, match="outside 0 to 1"):
        replace(a_signal(), confidence_ratio=d(confidence))


@pytest.mark.parametrize("confidence", ["0.0000001", "0.9999999"])
def test_confidence_may_come_close_to_its_bounds(confidence: str) -> None:
    """Just inside is allowed."""
    assert replace(a_signal(), confidence_ratio=d(confidence)).confidence_ratio == d(confidence)


@pytest.mark.parametrize("changes", [{"horizon_s": 0}, {"signal_id": ""}])
def test_a_signal_has_an_id_and_a_horizon(changes: dict[str, object]) -> None:
    """Without an id it could not be recognised, without a horizon never end."""
    with pytest.raises(ValueError, match="id and a horizon"):
        replace(a_signal(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("stop", ["0", "1", "-0.01"])
def test_a_suggested_stop_is_a_part_of_the_price(stop: str) -> None:
    """None suggests nothing; a distance lies strictly between nothing and the whole price."""
    assert a_signal().stop_ratio is None
    assert replace(a_signal(), stop_ratio=d("0.01")).stop_ratio == d("0.01")
    with pytest.raises(ValueError, match="stop distance"):
        replace(a_signal(), stop_ratio=d(stop))


def test_the_direction_names_the_leg() -> None:
    """LONG opens leg 1, SHORT leg 2; no side is involved."""
    assert a_signal(direction=Direction.LONG).leg_id == LONG
    assert a_signal(direction=Direction.SHORT).leg_id == SHORT


@pytest.mark.parametrize(
    ("stop", "target", "horizon_s"),
    [("0", "0.01", 1), ("1", "0.01", 1), ("0.01", "0", 1), ("0.01", "1", 1), ("0.01", "0.01", 0)],
)
def test_barriers_are_fractions_of_the_price(stop: str, target: str, horizon_s: int) -> None:
    """A distance of nothing or of the whole price is refused, and so is no time at all."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        BarrierSpec(stop_ratio=d(stop), target_ratio=d(target), horizon_s=horizon_s)
