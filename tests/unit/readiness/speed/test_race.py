"""Bots are measured by turns, so that what changes on the machine meets all alike."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from readiness.speed.race import turns


@pytest.mark.parametrize(("lanes", "blocks"), [(2, 4), (2, 5), (1, 3), (3, 2)])
def test_each_has_as_many_blocks_as_the_others(lanes: int, blocks: int) -> None:
    """Whatever their number."""
    assert Counter(turns(lanes, blocks)) == dict.fromkeys(range(lanes), blocks)


def test_the_order_is_turned_round_each_time() -> None:
    """A B B A: a machine that gets slower and slower favours neither."""
    order = list(turns(2, 4))
    assert order == [0, 1, 1, 0, 0, 1, 1, 0]
    halves = list(zip(order[::2], order[1::2], strict=True))
    assert all(one == other[::-1] for one, other in pairwise(halves))
