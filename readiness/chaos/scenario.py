"""What one simulated session is: drawn from its seed alone, so that the seed replays it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

from exchange_simulator.fault_kinds import FAULTS
from exchange_simulator.faults import FaultPlan, FaultRule

__all__ = ["KINDS", "KillPoint", "Scenario", "draw", "sweep"]

# Faults that every bot must live through by itself. The others change the account behind its back
# (F11 to F14) or are states of a person's making (rights, bans), and have scenarios of their own.
_PASSING = (
    *(("F1", "closed"), ("F1", "delayed"), ("F2", "10016"), ("F3", "lag"), ("F4", "late")),
    *(("F4", "gone"), ("F4", "double_filled"), ("F5", "duplicate"), ("F5", "reverse")),
    *(("F5", "hold"), ("F6", "all"), ("F6", "private"), ("F6", "public"), ("F7", "reset")),
    *(("F7", "handshake"), ("F9", "10006"), ("F9", "502"), ("F10", "late"), ("F15", "ignored")),
    *(("F15", "set"), ("F17", "refuse"), ("F17", "restart"), ("F18", "pieces")),
)
KINDS = tuple(f"{fault}:{variant}" for fault, variant in _PASSING)
"""Every fault that can be drawn, as outcomes name it when it struck."""

_CALM_S = 180.0  # At the end nothing disturbs, so that everything can agree.
_KINDS_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class KillPoint:
    """The process dies at its nth commit, counted from 1: before its rows are kept, or after."""

    commit: int
    is_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Times in seconds since the start. `outages_s` are intervals without a database."""

    seed: int
    duration_s: float
    plan: FaultPlan
    kills_at_s: tuple[float, ...]
    outages_s: tuple[tuple[float, float], ...]
    lost_commit_ratio: float
    latency_max_s: float
    kill_point: KillPoint | None = None

    @property
    def disturbed_s(self) -> float:
        """Until when anything may go wrong."""
        return self.duration_s - _CALM_S

    def is_out(self, at_s: float) -> bool:
        """Whether the database is down."""
        return any(begin <= at_s < end for begin, end in self.outages_s)


def draw(seed: int, duration_s: float, faults: Iterable[str] | None = None) -> Scenario:
    """The scenario of a seed; `faults` such as ("F1", "F7") narrow what is drawn.

    Raises ValueError for a duration that leaves no room for trouble before the calm at its end, and
    for a fault that no session draws: a session without it would seem to have survived it.
    """
    if duration_s < 2 * _CALM_S:
        raise ValueError(f"a session lasts at least {2 * _CALM_S:.0f} s, not {duration_s}")
    rng = Random(f"scenario:{seed}")  # noqa: S311 - chance that repeats, no secret.
    until_s = duration_s - _CALM_S
    wanted = None if faults is None else set(faults)
    kinds = [kind for kind in _PASSING if wanted is None or kind[0] in wanted]
    unknown = sorted((wanted or set()) - {fault for fault, _ in _PASSING})
    if unknown:
        known = ", ".join(dict.fromkeys(fault for fault, _ in _PASSING))
        raise ValueError(f"no session draws the fault {unknown[0]!r}; choose from {known}")
    chosen = rng.sample(kinds, min(len(kinds), rng.randint(1, _KINDS_MAX)))
    return Scenario(
        seed=seed,
        duration_s=duration_s,
        plan=FaultPlan(seed=seed, rules=tuple(_rule(kind, until_s, rng) for kind in chosen)),
        kills_at_s=_instants(rng, rng.choice((0, 0, 1, 2)), until_s),
        outages_s=tuple(
            (at, min(until_s, at + rng.uniform(1, 40)))
            for at in _instants(rng, rng.choice((0, 0, 1)), until_s)
        ),
        lost_commit_ratio=rng.choice((0.0, 0.0, 0.01, 0.1)),
        latency_max_s=rng.choice((0.002, 0.02, 0.2)),
    )


def sweep(seed: int, duration_s: float, commits: Iterable[int]) -> Iterator[Scenario]:
    """A calm session, killed at each of these commits: once before its rows are kept, once after.

    Raises ValueError as `draw` does.
    """
    calm = draw(seed, duration_s, ())
    for commit in commits:
        for is_after in (False, True):
            yield replace(
                calm,
                plan=FaultPlan(seed=seed),
                kills_at_s=(),
                outages_s=(),
                lost_commit_ratio=0.0,
                latency_max_s=0.02,
                kill_point=KillPoint(commit=commit, is_after=is_after),
            )


def _rule(kind: tuple[str, str], until_s: float, rng: Random) -> FaultRule:
    fault, variant = kind
    if FAULTS[fault].timed:
        return FaultRule(
            fault=fault,
            variant=variant,
            at_s=_instants(rng, rng.randint(1, 3), until_s - 60),
            duration_s=rng.uniform(1, 45),
            to_s=until_s,
        )
    return FaultRule(
        fault=fault,
        variant=variant,
        probability=rng.choice((0.05, 0.3, 1.0)),
        times=rng.randint(1, 12),
        lag_ms=rng.choice((200, 1500, 4000)),
        pieces=rng.randint(2, 6),
        to_s=until_s,
    )


def _instants(rng: Random, count: int, until_s: float) -> tuple[float, ...]:
    return tuple(sorted(rng.uniform(20, max(30, until_s)) for _ in range(count)))
