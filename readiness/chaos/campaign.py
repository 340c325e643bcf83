"""Many sessions, several at a time, and what they came to together."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import structlog

from readiness.chaos.scenario import draw
from readiness.chaos.session import Outcome, run_scenario

__all__ = ["Campaign", "quiet", "replay_command", "run_campaign"]


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
    took_s: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Take one session in."""
        self.sessions += 1
        self.entries += outcome.entries
        self.exits += outcome.exits
        self.worst_bare_s = max(self.worst_bare_s, outcome.worst_bare_s)
        self.hits.update(outcome.hits)
        self.sessions_hit.update(outcome.hits.keys())
        if outcome.violations:
            self.failed.append(outcome)


def run_campaign(
    seeds: Sequence[int],
    duration_s: float,
    faults: Sequence[str] | None = None,
    jobs: int = 1,
    on_session: Callable[[], object] = bool,
) -> Campaign:
    """Run one session per seed and sum up; `on_session` is called after each.

    With one job the sessions run here, with more in processes of their own.
    """
    began_s = time.monotonic()
    campaign = Campaign()
    work = [(seed, duration_s, tuple(faults) if faults else None) for seed in seeds]
    if jobs == 1:
        _sum_up(campaign, map(_one, work), on_session)
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=quiet) as pool:
            _sum_up(campaign, pool.map(_one, work), on_session)
    campaign.took_s = time.monotonic() - began_s
    return campaign


def _sum_up(
    campaign: Campaign, outcomes: Iterable[Outcome], on_session: Callable[[], object]
) -> None:
    for outcome in outcomes:
        campaign.add(outcome)
        on_session()


def replay_command(seed: int, duration_s: float) -> str:
    """What a person types to see a failing session again."""
    return f"make sim SEEDS=1 FIRST_SEED={seed} SECONDS={duration_s:g}"


def _one(work: tuple[int, float, tuple[str, ...] | None]) -> Outcome:
    return run_scenario(draw(*work))


def quiet() -> None:
    """Sessions tell by their outcome; a log of thousands of them helps nobody."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
