"""One session: what the bot is given, and how its end is judged."""

from __future__ import annotations

import pytest

from exchange_simulator.faults import FaultPlan, FaultRule
from readiness.chaos.places import default_settings
from readiness.chaos.scenario import Scenario
from readiness.chaos.session import run_scenario


def _scenario(**changes: object) -> Scenario:
    parts: dict[str, object] = {
        "seed": 3,
        "duration_s": 400.0,
        "plan": FaultPlan(),
        "kills_at_s": (),
        "outages_s": (),
        "lost_commit_ratio": 0.0,
        "latency_max_s": 0.01,
    }
    return Scenario(**(parts | changes))  # type: ignore[arg-type]


def test_faults_that_struck_are_counted_and_others_are_not() -> None:
    """A rule that never found its moment leaves no trace in the hits."""
    lost = FaultRule(fault="F1", variant="closed", times=2)
    never = FaultRule(fault="F10", variant="late", from_s=399.0)
    outcome = run_scenario(_scenario(plan=FaultPlan(seed=1, rules=(lost, never))))
    assert outcome.violations == ()
    assert outcome.hits.get("bybit F1:closed", 0) > 0
    assert "bybit F10:late" not in outcome.hits


def test_an_outage_of_the_database_and_a_kill_are_counted() -> None:
    """Both really happened, and the bot came through."""
    outcome = run_scenario(_scenario(outages_s=((60.0, 75.0),), kills_at_s=(120.0,)))
    assert outcome.violations == ()
    assert outcome.hits["kill"] == outcome.kills == 1
    assert outcome.hits["database down"] > 0


def test_a_bot_that_cannot_start_is_a_violation() -> None:
    """A wrong configuration does not pass for a quiet session."""
    settings = default_settings()
    exchanges = settings.exchanges.model_copy(
        update={
            "bybit": settings.exchanges.bybit.model_copy(
                update={"ws_private_url": "ws://bybit/v5/nowhere"}
            )
        }
    )
    outcome = run_scenario(_scenario(), settings.model_copy(update={"exchanges": exchanges}))
    assert outcome.violations
    assert outcome.entries == 0


@pytest.mark.parametrize("latency_max_s", [0.001, 1.0])
def test_distance_changes_nothing_that_matters(latency_max_s: float) -> None:
    """Near the exchange or far away, the books add up."""
    assert run_scenario(_scenario(latency_max_s=latency_max_s)).violations == ()
