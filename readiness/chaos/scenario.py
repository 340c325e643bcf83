"""What one simulated session is: drawn from its seed alone, so that the seed replays it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from exchange_simulator.fault_kinds import FAULTS
from exchange_simulator.faults import FaultPlan, FaultRule
from readiness.chaos.flaky_store import TROUBLES, Trouble

__all__ = [
    *("ALL", "CREATES", "KINDS", "PLACES", "TOGETHER", "Aim", "KillPoint", "Scenario"),
    *("draw", "places_of", "sweep"),
]

PLACES = ("bybit", "binance", "okx")
TOGETHER = "together"  # All of them at once, in an order that the seed draws.
ALL = "all"  # Each of them alone and all together, seed by seed in turn.

# Whatever can befall a bot. What a person makes (rights, bans) has scenarios of its own, and order
# books break nothing that reads best prices alone.
_EVERYWHERE = (
    *(("F1", "closed"), ("F1", "delayed"), ("F3", "lag"), ("F4", "late"), ("F4", "gone")),
    *(("F5", "duplicate"), ("F5", "reverse"), ("F5", "hold"), ("F6", "all"), ("F6", "private")),
    *(("F6", "public"), ("F7", "reset"), ("F7", "handshake"), ("F9", "502"), ("F10", "late")),
    *(("F17", "refuse"), ("F17", "restart"), ("F18", "pieces"), ("F8", "best")),
    *(
        ("F11", "for_a_while"),
        ("F12", "flat"),
        ("F13", "closed"),
        ("F14", "half"),
        ("F16", "short"),
    ),
)
_OWN = {
    "bybit": (
        *(("F2", "10016"), ("F2", "10000"), ("F4", "double_filled"), ("F9", "10006")),
        *(("F15", "ignored"), ("F15", "set")),
    ),
    "binance": (
        *(("F2", "-1007"), ("F2", "-1006"), ("F2", "503"), ("F9", "-1003"), ("F9", "503")),
        *(("F9", "-1008"), ("F9", "-1015")),
    ),
    "okx": (
        *(("F2", "50004"), ("F2", "50026"), ("F2", "50001"), ("F9", "50011"), ("F9", "50013")),
        ("F9", "50061"),
    ),
}
_KINDS_OF = {place: (*_EVERYWHERE, *own) for place, own in _OWN.items()}
KINDS = tuple(
    f"{place} {fault}:{variant}" for place in PLACES for fault, variant in _KINDS_OF[place]
)
"""Every fault that can be drawn, as outcomes name it when it struck."""

_CALM_S = 180.0  # At the end nothing disturbs, so that everything can agree.
_MORE_KINDS_MAX = 2  # Beside the two whose turn it is.
_AWAY_S = (15.0, 70.0)  # Long enough for entries to leave an exchange.
_POLICIES = ("adopt", "adopt", "ignore", "ignore", "halt")  # A halt leaves little to break.
CREATES = {
    "bybit": "/v5/order/create",
    "binance": "POST /fapi/v1/order",
    "okx": "POST /api/v5/trade/order",
}
"""Where an exchange takes new orders, as fault plans name it."""

# A change of a resting order: carried out and not answered, not told apart, too late, or denied.
_AMENDS = {
    "bybit": "/v5/order/amend",
    "binance": "PUT /fapi/v1/order",
    "okx": "POST /api/v5/trade/amend-order",
}
_AMEND_KINDS = (("F1", "closed"), ("F1", "delayed"), ("F2", ""), ("F10", "late"), ("F4", "gone"))
_EARLY_S = (2.0, 20.0)
_LISTED_MS = (200_000, 400_000)
_POINTS = (4, 6, 12)  # The fewer, the wider each step of the price.
_LIVES = (("F6", "all"), ("F7", "handshake"), ("F17", "restart"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KillPoint:
    """The process dies at its nth commit, counted from 1: before its rows are kept, or after.

    Its twin lives on there, for comparison, until it has settled.
    """

    commit: int
    is_after: bool
    is_twin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is asked of a session beyond the invariants of all, times in seconds.

    At `stops_taken_s` somebody cancels every stop that rests. No order may stay in doubt for more
    than `doubt_max_s`, which holds while reads are answered and rows are kept, and no leg be held
    for more than `held_max_s`. Where `ends_away` the database goes away for good before the bot is
    stopped. On Binance somebody has fees paid in BNB from `coins_from_s` on, while `fee_coins`
    last. With fewer opening orders than `entries_min` it shows nothing.
    """

    stops_taken_s: tuple[float, ...]
    doubt_max_s: float
    held_max_s: float
    ends_away: bool
    fee_coins: Decimal
    coins_from_s: float
    entries_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Times in seconds since the start. `outages_s` are intervals without a database.

    `exchanges` are in the bot's order of preference; `troubles` are those of a database that is
    there and still does not take rows as it should. `points` is how many trades the market makes
    in a minute of its own, `foreign_orders` the bot's policy where its legs change behind its back.
    """

    seed: int
    duration_s: float
    plan: FaultPlan
    kills_at_s: tuple[float, ...]
    outages_s: tuple[tuple[float, float], ...]
    lost_commit_ratio: float
    latency_max_s: float
    kill_point: KillPoint | None = None
    exchanges: tuple[str, ...] = ("bybit",)
    troubles: tuple[Trouble, ...] = ()
    points: int = 6
    foreign_orders: str = "halt"
    aim: Aim | None = None

    @property
    def disturbed_s(self) -> float:
        """Until when anything may go wrong."""
        return self.duration_s - _CALM_S

    @property
    def place(self) -> str:
        """How a person names the exchanges of this session."""
        return TOGETHER if len(self.exchanges) > 1 else self.exchanges[0]

    def is_out(self, at_s: float) -> bool:
        """Whether the database is down."""
        return any(begin <= at_s < end for begin, end in self.outages_s)

    def trouble(self, at_s: float) -> str:
        """What else ails the database, "" when nothing does."""
        return next((each.kind for each in self.troubles if each.begin_s <= at_s < each.end_s), "")


def places_of(place: str, seed: int) -> str:
    """One of the places or TOGETHER: where a seed is played when `place` is asked for.

    Raises ValueError for a place that is none.
    """
    turns = (*PLACES, TOGETHER)
    if place not in (*turns, ALL):
        raise ValueError(f"no exchange {place!r}; choose from {', '.join((*turns, ALL))}")
    return turns[seed % len(turns)] if place == ALL else place


def draw(
    seed: int, duration_s: float, faults: Iterable[str] | None = None, place: str = PLACES[0]
) -> Scenario:
    """The scenario of a seed; `faults` such as ("F1", "F7") narrow what is drawn.

    `place` is an exchange, TOGETHER or ALL. Raises ValueError for a duration that leaves no room
    for trouble before the calm at its end, and for a fault that no session there draws: a session
    without it would seem to have survived it.
    """
    if duration_s < 2 * _CALM_S:
        raise ValueError(f"a session lasts at least {2 * _CALM_S:.0f} s, not {duration_s}")
    where = places_of(place, seed)
    rng = Random(f"scenario:{where}:{seed}")  # noqa: S311 - chance that repeats, no secret.
    exchanges = tuple(rng.sample(PLACES, len(PLACES))) if where == TOGETHER else (where,)
    until_s = duration_s - _CALM_S
    wanted = None if faults is None else set(faults)
    _refuse_unknown(wanted, exchanges)
    rules: list[FaultRule] = []
    if wanted is None and len(exchanges) > 1:
        rules.append(_absence(exchanges[0], until_s, rng))
    for exchange in exchanges:
        rules += _rules(exchange, seed, wanted, until_s, rng)
        rules += _amends(exchange, seed, wanted, until_s)
    return Scenario(
        seed=seed,
        duration_s=duration_s,
        plan=FaultPlan(seed=seed, rules=tuple(rules)),
        kills_at_s=_instants(rng, rng.choice((0, 0, 1, 2)), until_s),
        outages_s=tuple(
            (at, min(until_s, at + rng.uniform(1, 40)))
            for at in _instants(rng, rng.choice((0, 0, 1)), until_s)
        ),
        lost_commit_ratio=rng.choice((0.0, 0.0, 0.01, 0.1)),
        latency_max_s=rng.choice((0.002, 0.02, 0.2)),
        exchanges=exchanges,
        troubles=tuple(
            Trouble(kind=rng.choice(TROUBLES), begin_s=at, end_s=min(until_s, at + 40))
            for at in _instants(rng, rng.choice((0, 0, 1)), until_s)
        ),
        points=rng.choice(_POINTS),
        foreign_orders=rng.choice(_POLICIES),
    )


def sweep(
    seed: int, duration_s: float, commits: Iterable[int], place: str = PLACES[0]
) -> Iterator[Scenario]:
    """A calm session, killed at each of these commits: once before its rows are kept, once after.

    Raises ValueError as `draw` does.
    """
    calm = draw(seed, duration_s, (), place)
    for commit in commits:
        for is_after in (False, True):
            yield replace(
                calm,
                plan=FaultPlan(seed=seed),
                kills_at_s=(),
                outages_s=(),
                troubles=(),
                lost_commit_ratio=0.0,
                latency_max_s=0.02,
                kill_point=KillPoint(commit=commit, is_after=is_after),
            )


def _refuse_unknown(wanted: set[str] | None, exchanges: Sequence[str]) -> None:
    known = dict.fromkeys(fault for each in exchanges for fault, _ in _KINDS_OF[each])
    unknown = sorted((wanted or set()) - set(known))
    if unknown:
        names = ", ".join(sorted(known, key=lambda fault: int(fault[1:])))
        raise ValueError(f"no session draws the fault {unknown[0]!r}; choose from {names}")


def _rules(
    exchange: str, seed: int, wanted: set[str] | None, until_s: float, rng: Random
) -> list[FaultRule]:
    """Two kinds by turn, so that a row of seeds meets every kind, and others by chance."""
    kinds = [kind for kind in _KINDS_OF[exchange] if wanted is None or kind[0] in wanted]
    if not kinds:
        return []
    turn = 2 * (seed // (len(PLACES) + 1))
    due = list(dict.fromkeys(kinds[(turn + more) % len(kinds)] for more in (0, 1)))
    others = [kind for kind in kinds if kind not in due]
    more = rng.sample(others, min(len(others), rng.randint(0, _MORE_KINDS_MAX)))
    return [_rule(kind, exchange, until_s, rng) for kind in (*due, *more)]


def _amends(exchange: str, seed: int, wanted: set[str] | None, until_s: float) -> list[FaultRule]:
    """What befalls changes of resting orders in every other session, drawn by itself."""
    rng = Random(f"amends:{exchange}:{seed}")  # noqa: S311 - chance that repeats, no secret.
    fault, variant = rng.choice(_AMEND_KINDS)
    if rng.random() < 0.5 or (wanted is not None and fault not in wanted):
        return []
    return [
        FaultRule(
            fault=fault,
            variant=variant or FAULTS[fault].known(exchange)[0],
            market=exchange,
            where=_AMENDS[exchange],
            probability=rng.choice((0.3, 1.0)),
            times=rng.randint(1, 12),
            lag_ms=rng.choice((200, 1500, 4000)),
            to_s=until_s,
        )
    ]


def _absence(exchange: str, until_s: float, rng: Random) -> FaultRule:
    """The preferred exchange is away for so long that entries must go elsewhere."""
    fault, variant = rng.choice(_LIVES)
    away_s = min(rng.uniform(*_AWAY_S), until_s / 2)
    return FaultRule(
        fault=fault,
        variant=variant,
        market=exchange,
        at_s=_instants(rng, 1, until_s - away_s),
        duration_s=away_s,
        to_s=until_s,
    )


def _rule(kind: tuple[str, str], exchange: str, until_s: float, rng: Random) -> FaultRule:
    fault, variant = kind
    if FAULTS[fault].timed:
        at_s = _instants(rng, rng.randint(1, 3), until_s - 60)
        # Only a flat account can be switched, as it is before its first entry.
        early = (rng.uniform(*_EARLY_S),) if fault == "F11" else ()
        return FaultRule(
            fault=fault,
            variant=variant,
            market=exchange,
            at_s=(*early, *at_s),
            duration_s=rng.uniform(1, 45),
            to_s=until_s,
        )
    if fault == "F16":
        # What a bot missed while it was away is still listed; what its older legs are made of not.
        lag_ms = rng.choice(_LISTED_MS)
        return FaultRule(fault=fault, variant=variant, market=exchange, lag_ms=lag_ms, to_s=until_s)
    return FaultRule(
        fault=fault,
        variant=variant,
        market=exchange,
        probability=rng.choice((0.05, 0.3, 1.0)),
        times=rng.randint(1, 12),
        lag_ms=rng.choice((200, 1500, 4000)),
        pieces=rng.randint(2, 6),
        to_s=until_s,
    )


def _instants(rng: Random, count: int, until_s: float) -> tuple[float, ...]:
    return tuple(sorted(rng.uniform(20, max(30, until_s)) for _ in range(count)))
