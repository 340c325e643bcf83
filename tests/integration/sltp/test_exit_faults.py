"""Exits under the faults that strike at them, in sessions of the whole bot under virtual time.

The exchange closes a leg while its stop rests (F13) or halves it under resting reduce-only orders
(F14), refuses a closing order because the leg is flat already (F12: 110017), and answers a stop
with "not modified", truly or not (F15: 34040). `readiness.chaos.watch` looks every second: each
open leg has its stop, nothing is sent twice, and in the end fills, legs and the exchange agree.
"""

from __future__ import annotations

import pytest

from bot_trading.settings import Settings
from exchange_simulator.faults import FaultPlan, FaultRule
from readiness.chaos.places import default_settings
from readiness.chaos.scenario import Scenario
from readiness.chaos.session import Outcome, run_scenario

EVERY_40_S = tuple(float(at_s) for at_s in range(60, 420, 40))


def lived(*rules: FaultRule, seed: int, kills_at_s: tuple[float, ...] = ()) -> Outcome:
    """Ten minutes under these faults; what strangers did is taken over, not halted by."""
    data = default_settings().model_dump()
    data["trading"]["foreign_orders"] = "adopt"
    scenario = Scenario(
        seed=seed,
        duration_s=600,
        plan=FaultPlan(seed=seed, rules=rules),
        kills_at_s=kills_at_s,
        outages_s=(),
        lost_commit_ratio=0,
        latency_max_s=0.02,
    )
    return run_scenario(scenario, Settings.model_validate(data))


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule(fault="F12", variant="flat", probability=0.5),
        FaultRule(fault="F13", variant="closed", at_s=EVERY_40_S),
        FaultRule(fault="F14", variant="half", at_s=EVERY_40_S),
        FaultRule(fault="F15", variant="ignored", probability=0.5),
        FaultRule(fault="F15", variant="set", probability=0.5),
    ],
    ids=lambda rule: f"{rule.fault}-{rule.variant}",
)
def test_a_fault_at_the_exits_leaves_no_leg_bare_and_no_book_wrong(
    rule: FaultRule,
) -> None:
    """It strikes again and again, legs are entered again, and all rules hold to the end."""
    outcome = lived(rule, seed=1)
    assert outcome.violations == ()
    assert outcome.hits[f"bybit {rule.fault}:{rule.variant}"] >= 2
    assert outcome.entries >= 5
    assert outcome.exits >= 2


def test_legs_that_are_closed_and_halved_while_the_bot_is_dead_are_found_so() -> None:
    """The bot dies just before the exchange acts, and comes back to other legs than it left."""
    rules = (
        FaultRule(fault="F13", variant="closed", at_s=(102.0, 302.0)),
        FaultRule(fault="F14", variant="half", at_s=(202.0, 382.0)),
    )
    outcome = lived(*rules, seed=3, kills_at_s=(100.0, 200.0, 300.0, 380.0))
    assert outcome.violations == ()
    assert outcome.kills == 4
    assert outcome.hits["bybit F13:closed"] + outcome.hits["bybit F14:half"] >= 2
