"""The check of what our bot sends: judged sessions become a result with evidence and power."""

from __future__ import annotations

from dataclasses import replace

from readiness.check import Outcome
from readiness.checks.exchange_apis import SCENARIOS, judge_sessions, run
from readiness.context import Check
from readiness.wire.traffic import Command, Socket, Traffic

CHECK = Check(name="Exchange APIs", is_critical=True, run=run)
S = 1_000_000
ENTRY = Command(
    ts_us=S,
    kind="create",
    told={
        "symbol": "BTCUSDT",
        "side": "Buy",
        "positionIdx": 1,
        "orderType": "Market",
        "qty": "1",
        "orderLinkId": "a",
        "stopLoss": "60000",
    },
    code=0,
)
CALM = Traffic(
    ended_us=60 * S,
    commands=(ENTRY,),
    requests=(),
    sockets=(Socket(ts_us=S, path="/v5/private", subscribed_us=S),),
    hits={},
)
SESSIONS = {scenario.name: CALM for scenario in SCENARIOS}


def test_sane_sessions_pass_with_their_evidence_and_power() -> None:
    """One line of evidence per scenario, and the recall on defects planted in them."""
    result = judge_sessions(CHECK, SESSIONS)
    assert result.outcome is Outcome.PASSED
    assert len(result.evidence) == len(SCENARIOS)
    assert result.coverage_ratio == 1.0
    assert result.recall is not None
    assert 0 < result.recall.caught <= result.recall.seeded


def test_one_mistake_in_one_scenario_fails_the_check() -> None:
    """The finding names its scenario; with findings of its own the power is not measured."""
    told = {key: value for key, value in ENTRY.told.items() if key != "positionIdx"}
    guilty = replace(CALM, commands=(replace(ENTRY, told=told),))
    result = judge_sessions(CHECK, SESSIONS | {"disconnects": guilty})
    assert result.outcome is Outcome.FAILED
    assert [str(found.location) for found in result.findings] == ["wire/disconnects"]
    assert result.recall is None


def test_a_bot_that_sends_no_order_cannot_be_judged() -> None:
    """Nothing sent is nothing proved, whatever the other scenarios hold."""
    result = judge_sessions(CHECK, SESSIONS | {"calm": replace(CALM, commands=())})
    assert result.outcome is Outcome.BLOCKED
    assert "sent no order" in result.reason


def test_scenarios_have_names_of_their_own_and_faults_that_must_strike() -> None:
    """A scenario with faults says which of them it rests on."""
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert all(bool(scenario.faults) == bool(scenario.must_hit) for scenario in SCENARIOS)
