"""Scenarios: the seed alone decides, and the end is calm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.faults import check_plan
from readiness.chaos.scenario import ALL, KINDS, PLACES, TOGETHER, draw, places_of, sweep

DURATION_S = 1800.0


@given(st.integers(0, 10**9))
def test_a_seed_gives_one_scenario(seed: int) -> None:
    """Drawn twice it is the same, trouble included."""
    assert draw(seed, DURATION_S) == draw(seed, DURATION_S)


@given(st.integers(0, 10**9))
def test_nothing_goes_wrong_in_the_calm_at_the_end(seed: int) -> None:
    """Kills, outages and faults are over before, so that everything can agree."""
    scenario = draw(seed, DURATION_S, place=ALL)
    until_s = scenario.disturbed_s
    assert scenario.plan.rules
    assert all(at_s <= until_s for at_s in scenario.kills_at_s)
    assert all(begin < end <= until_s for begin, end in scenario.outages_s)
    assert all(each.begin_s < each.end_s <= until_s for each in scenario.troubles)
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


def test_seeds_take_turns_where_all_are_wanted() -> None:
    """Each exchange alone, then all together; a place that is asked for stays."""
    assert [places_of(ALL, seed) for seed in range(8)] == [*PLACES, TOGETHER] * 2
    assert {places_of("okx", seed) for seed in range(8)} == {"okx"}
    with pytest.raises(ValueError, match="'kraken'; choose from bybit"):
        places_of("kraken", 1)


def test_every_fault_of_every_exchange_has_its_turn() -> None:
    """A hundred seeds in a row plan each kind, on exchanges that know it."""
    scenarios = [draw(seed, DURATION_S, place=ALL) for seed in range(100)]
    planned = {
        f"{rule.market} {rule.fault}:{rule.variant}"
        for scenario in scenarios
        for rule in scenario.plan.rules
    }
    assert planned == set(KINDS)
    for scenario in scenarios:
        check_plan(scenario.plan, scenario.exchanges)


def test_together_the_preferred_exchange_goes_away_for_a_while() -> None:
    """Long enough for entries to move; and each of them is the preferred one in some seed."""
    scenarios = [draw(seed, DURATION_S, place=TOGETHER) for seed in range(30)]
    for scenario in scenarios:
        away = scenario.plan.rules[0]
        assert away.market == scenario.exchanges[0]
        assert away.duration_s >= 15
        assert scenario.place == TOGETHER
    assert {scenario.exchanges[0] for scenario in scenarios} == set(PLACES)


def test_a_troubled_database_is_so_within_its_time_alone() -> None:
    """From the first instant to the last."""
    scenario = next(each for each in map(lambda n: draw(n, DURATION_S), range(99)) if each.troubles)
    trouble = scenario.troubles[0]
    assert scenario.trouble(trouble.begin_s) == trouble.kind
    assert scenario.trouble(trouble.begin_s - 1) == ""
    assert scenario.trouble(trouble.end_s) == ""


def test_a_mode_is_switched_while_the_account_is_flat() -> None:
    """That is before the first entry; later instants may find it flat again."""
    for seed in range(10):
        (rule,) = draw(seed, DURATION_S, ["F11"]).plan.rules
        assert rule.at_s[0] <= 20 < rule.at_s[1]


def test_short_histories_still_list_what_a_bot_missed_while_it_was_away() -> None:
    """No absence, outage or kill lasts as long as what is listed."""
    for seed in range(10):
        (rule,) = draw(seed, DURATION_S, ["F16"]).plan.rules
        assert rule.lag_ms >= 200_000
        assert (rule.probability, rule.times) == (1.0, None)


def test_sessions_differ_in_the_market_and_in_the_policy_for_strange_changes() -> None:
    """Few and many trades a minute; halting, adopting and ignoring."""
    scenarios = [draw(seed, DURATION_S) for seed in range(40)]
    assert {each.points for each in scenarios} == {4, 6, 12}
    assert {each.foreign_orders for each in scenarios} == {"adopt", "ignore", "halt"}
