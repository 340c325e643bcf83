"""The corners of risk: each is out of the usual in one thing, both legs alike, and all hold."""

from __future__ import annotations

from collections import Counter

import pytest

from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.order import ApprovedOrder
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.review import examine, review
from readiness.checks.risk_corners import UNKNOWN, Corner, corners, short_of, worst_world
from readiness.checks.risk_world import base_intent, base_view
from tests.builders.core import d, risk_limits

LIMITS = risk_limits(order_quantity_max={"BTCUSDT": d(1)})
ALL = list(corners(LIMITS))


@pytest.mark.parametrize("corner", ALL, ids=lambda corner: corner.name)
def test_the_door_decides_every_corner_as_it_must(corner: Corner) -> None:
    """Whether it passes, and then as an approved order."""
    assert (examine(corner.intent, corner.view, LIMITS) is None) is corner.passes
    verdict = review(corner.intent, corner.view, LIMITS, Reservations(), 0)
    assert isinstance(verdict, ApprovedOrder) is corner.passes


def test_no_two_corners_have_one_name_and_both_kinds_are_there() -> None:
    """A door that lets nothing pass, or everything, is seen."""
    assert len({corner.name for corner in ALL}) == len(ALL)
    counts = Counter(corner.passes for corner in ALL)
    assert min(counts.values()) >= 6


def test_both_legs_are_driven() -> None:
    """The short leg has its stop above, and everything else of the long one."""
    legs = {corner.intent.leg_id.position_idx for corner in ALL}
    assert legs == {PositionIdx.LONG, PositionIdx.SHORT}
    short = short_of(base_intent(LIMITS))
    assert short.stop_loss is not None
    assert short.stop_loss > short.reference_px
    assert examine(short, base_view(LIMITS), LIMITS) is None


def test_the_worst_world_takes_no_entry_of_either_leg() -> None:
    """Only exits leave it."""
    worst, long = worst_world(base_view(LIMITS), LIMITS), base_intent(LIMITS)
    assert all(examine(each, worst, LIMITS) is not None for each in (long, short_of(long)))
    assert all(getattr(worst, name) is None for name in UNKNOWN)
