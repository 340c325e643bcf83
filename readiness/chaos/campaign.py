"""Many sessions, several at a time, and what they came to together."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any

import structlog

from bot_trading.settings import Settings
from readiness.chaos.scenario import PLACES, Scenario, sweep
from readiness.chaos.session import Outcome, run_scenario
from readiness.chaos.twin import differences

__all__ = ["Campaign", "kill_points", "quiet", "replay_command", "run_campaign", "told"]


@dataclass(slots=True)
class Campaign:
    """The sum of sessions. A fault that never struck proves nothing, so hits are counted."""

    sessions: int = 0
    entries: int = 0
    exits: int = 0
    worst_bare_s: float = 0.0
    hits: Counter[str] = field(default_factory=Counter)
    sessions_hit: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0
    cpu_s: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Take one session in."""
        self.sessions += 1
        self.played[outcome.scenario.place] += 1
        self.cpu_s += outcome.cpu_s
        self.entries += outcome.entries
        self.exits += outcome.exits
        self.worst_bare_s = max(self.worst_bare_s, outcome.worst_bare_s)
        self.hits.update(outcome.hits)
        self.sessions_hit.update(outcome.hits.keys())
        if outcome.violations:
            self.failed.append(outcome)


def run_campaign(
    scenarios: Sequence[Scenario],
    jobs: int = 1,
    on_session: Callable[[], object] = bool,
    settings: Settings | None = None,
) -> Campaign:
    """Run the sessions and sum up; `on_session` is called after each.

    With one job they run here, with more in processes of their own.
    """
    began_s = time.monotonic()
    campaign = Campaign()
    work = [(scenario, settings) for scenario in scenarios]
    if jobs == 1:
        _sum_up(campaign, map(_one, work), on_session)
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=quiet) as pool:
            _sum_up(campaign, pool.map(_one, work), on_session)
    campaign.took_s = time.monotonic() - began_s
    return campaign


def kill_points(seed: int, duration_s: float, count: int, place: str = PLACES[0]) -> list[Scenario]:
    """Calm sessions, each killed at another commit: all commits of the run, or `count` of them.

    The commits are spread evenly over those that the undisturbed session makes.
    """
    made = run_scenario(next(sweep(seed, duration_s, [0], place))).commits
    count = min(count, made)
    commits = [(2 * number + 1) * made // (2 * count) + 1 for number in range(count)]
    return list(sweep(seed, duration_s, commits, place))


def _sum_up(
    campaign: Campaign, outcomes: Iterable[Outcome], on_session: Callable[[], object]
) -> None:
    for outcome in outcomes:
        campaign.add(outcome)
        on_session()


def replay_command(scenario: Scenario) -> str:
    """What a person types to see a session again."""
    command = (
        f"make sim EXCHANGE={scenario.place} SEEDS=1 FIRST_SEED={scenario.seed}"
        f" SECONDS={scenario.duration_s:g}"
    )
    if scenario.aim is not None:
        return f"python -m readiness.chaos --aimed --exchange {scenario.place}"
    point = scenario.kill_point
    if point is None:
        return command
    return f"{command} KILL_AT={point.commit}:{'after' if point.is_after else 'before'}"


def told(campaign: Campaign) -> dict[str, Any]:
    """The whole as other programs read it, with how each failing session is seen again."""
    return {
        "version": 1,
        "sessions": campaign.sessions,
        "entries": campaign.entries,
        "exits": campaign.exits,
        "worst_bare_s": campaign.worst_bare_s,
        "took_s": round(campaign.took_s, 1),
        "cpu_s": round(campaign.cpu_s, 1),
        "played": dict(campaign.played),
        "hits": dict(campaign.hits),
        "sessions_hit": dict(campaign.sessions_hit),
        "failed": [
            {"replay": replay_command(outcome.scenario), "violations": outcome.violations}
            for outcome in campaign.failed
        ],
    }


def _one(work: tuple[Scenario, Settings | None]) -> Outcome:
    """A session; a killed one is compared with its twin that lived, too."""
    scenario, settings = work
    outcome = run_scenario(scenario, settings)
    point = scenario.kill_point
    if point is None or outcome.violations:
        return outcome
    began_s = time.process_time()
    lived = run_scenario(replace(scenario, kill_point=replace(point, is_twin=True)), settings)
    if outcome.picture is None or lived.picture is None:
        said = [f"commit {point.commit} was never made, so that nothing was killed"]
    else:
        said = differences(outcome.picture, lived.picture)
    cpu_s = outcome.cpu_s + time.process_time() - began_s
    return replace(outcome, violations=tuple(said), cpu_s=cpu_s)


def quiet() -> None:
    """Sessions tell by their outcome; a log of thousands of them helps nobody."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
