"""Scenarios: the seed alone decides, and the end is calm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.chaos.scenario import draw, sweep

DURATION_S = 1800.0


@given(st.integers(0, 10**9))
def test_a_seed_gives_one_scenario(seed: int) -> None:
    """Drawn twice it is the same, trouble included."""
    assert draw(seed, DURATION_S) == draw(seed, DURATION_S)


@given(st.integers(0, 10**9))
def test_nothing_goes_wrong_in_the_calm_at_the_end(seed: int) -> None:
    """Kills, outages and faults are over before, so that everything can agree."""
    scenario = draw(seed, DURATION_S)
    until_s = scenario.disturbed_s
    assert scenario.plan.rules
    assert all(at_s <= until_s for at_s in scenario.kills_at_s)
    assert all(begin < end <= until_s for begin, end in scenario.outages_s)
    for rule in scenario.plan.rules:
        assert rule.to_s == until_s
        assert all(at_s + rule.duration_s <= DURATION_S for at_s in rule.at_s)


def test_seeds_differ() -> None:
    """A hundred seeds are not a hundred times the same."""
    assert len({repr(draw(seed, DURATION_S)) for seed in range(100)}) == 100


def test_faults_can_be_chosen() -> None:
    """Only what was asked for is drawn."""
    for seed in range(20):
        assert {rule.fault for rule in draw(seed, DURATION_S, ["F7"]).plan.rules} == {"F7"}


def test_a_fault_that_is_never_drawn_is_refused() -> None:
    """A session without any fault would be taken for one that survived it."""
    with pytest.raises(ValueError, match="'F99'; choose from F1, F2"):
        draw(1, DURATION_S, ["F1", "F99"])


def test_the_database_is_out_within_its_intervals_alone() -> None:
    """From the first instant of an outage to its last."""
    scenario = next(
        each for each in map(lambda n: draw(n, DURATION_S), range(99)) if each.outages_s
    )
    begin, end = scenario.outages_s[0]
    assert [scenario.is_out(at_s) for at_s in (begin - 1, begin, end - 0.001, end)] == [
        *(False, True, True, False)
    ]


def test_a_session_leaves_room_for_trouble() -> None:
    """A duration that would be all calm is refused."""
    with pytest.raises(ValueError, match="at least 360 s"):
        draw(1, 100)


def test_a_sweep_kills_before_and_after_each_commit() -> None:
    """Nothing else disturbs, so that what breaks is the kill's doing."""
    points = [scenario.kill_point for scenario in sweep(3, DURATION_S, [1, 5])]
    assert [(point.commit, point.is_after) for point in points if point] == [
        *((1, False), (1, True), (5, False), (5, True)),
    ]
    for scenario in sweep(3, DURATION_S, [1]):
        assert scenario.plan.rules == ()
        assert scenario.kills_at_s == ()
        assert scenario.outages_s == ()
        assert scenario.lost_commit_ratio == 0
