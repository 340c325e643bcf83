"""The declared scenarios: names, plans that every exchange takes, and what is sampled."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange_simulator.faults import check_plan, load_plan
from readiness.wire.scenarios import MARKETS, SCENARIOS, plan_of, quick_sessions, sessions_of


def test_scenarios_have_names_of_their_own_and_faults_that_must_strike() -> None:
    """A scenario with faults says which of them it rests on."""
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert all(bool(scenario.faults) == bool(scenario.must_hit) for scenario in SCENARIOS)


@pytest.mark.parametrize("market", MARKETS)
def test_every_plan_can_be_carried_out_on_every_exchange(tmp_path: Path, market: str) -> None:
    """The simulator takes each plan, and it names that exchange alone."""
    for scenario in SCENARIOS:
        text = plan_of(scenario, market)
        assert bool(text) == bool(scenario.faults)
        if text:
            file = tmp_path / f"{scenario.name}.yaml"
            file.write_text(text)
            plan = load_plan(file)
            check_plan(plan, (market,))
            assert {rule.market for rule in plan.rules} == {market}


def test_all_is_all_on_each_exchange() -> None:
    """Failover needs a second exchange, everything else one."""
    assert len(sessions_of(MARKETS)) == len(MARKETS) * len(SCENARIOS)
    alone = [scenario.name for _, scenario in sessions_of(["okx"])]
    assert set(alone) == {scenario.name for scenario in SCENARIOS} - {"failover"}


def test_a_sample_holds_every_exchange_once_at_least() -> None:
    """And a calm day, without which nothing else means much; one exchange gets all of it."""
    sample = quick_sessions(MARKETS)
    assert {market for market, _ in sample} == set(MARKETS)
    assert "calm" in {scenario.name for _, scenario in sample}
    alone = quick_sessions(["binance"])
    assert {market for market, _ in alone} == {"binance"}
    assert {one.name for _, one in alone} == {one.name for _, one in sample}
    assert all(one.seconds <= 35 for _, one in sample)
