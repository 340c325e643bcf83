"""Fault plans: which disturbance, where, how often; and a record of each one really hit.

A plan is YAML: `seed`, and `faults`, a list of rules. Every rule draws from its own seeded source,
so adding one changes nothing about the others. `docs/exchange_simulator.md` lists all keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any

import yaml

from exchange_simulator.errors import BadInput

__all__ = ["FAULTS", "FaultHit", "FaultKind", "FaultPlan", "FaultRule", "Faults", "load_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """What a fault can be: its variants (the first is the default), where, and what starts it."""

    meaning: str
    variants: tuple[str, ...]
    where: str = "*"
    timed: bool = False


FAULTS: dict[str, FaultKind] = {
    "F1": FaultKind(
        meaning="accepted, answer lost",
        variants=("closed", "delayed"),
        where="/v5/order/create",
    ),
    "F2": FaultKind(
        meaning="accepted, answered with an error that says nothing",
        variants=("10016", "10000"),
        where="/v5/order/create",
    ),
    "F3": FaultKind(
        meaning="stale read",
        variants=("lag", "restart"),
        where="/v5/order/[rh]*",
    ),
    "F4": FaultKind(
        meaning="cancel answered oddly",
        variants=("late", "gone", "double_filled"),
        where="/v5/order/cancel",
    ),
    "F5": FaultKind(
        meaning="private frames duplicated or reordered",
        variants=("duplicate", "reverse", "hold"),
        where="private",
    ),
    "F6": FaultKind(
        meaning="sockets answer pings but carry no data",
        variants=("all", "private", "public"),
        timed=True,
    ),
    "F7": FaultKind(
        meaning="disconnect",
        variants=("reset", "handshake"),
        timed=True,
    ),
    "F8": FaultKind(
        meaning="order book gap",
        variants=("skip", "unknown_level"),
        where="orderbook.*",
    ),
    "F9": FaultKind(
        meaning="refused by rate limits, gateway, rights or state of the market",
        variants=(
            *("10006", "403", "429", "502", "10005", "10010", "10027", "33004", "110063"),
            *("110066", "110079"),
        ),
    ),
    "F10": FaultKind(
        meaning="arrives beyond recv_window",
        variants=("late",),
        where="/v5/order/create",
    ),
    "F11": FaultKind(meaning="position mode switched", variants=("one_way",), timed=True),
    "F12": FaultKind(
        meaning="leg is flat when the closing order arrives",
        variants=("flat",),
        where="/v5/order/create",
    ),
    "F13": FaultKind(
        meaning="leg closed while a conditional order still rests",
        variants=("closed",),
        timed=True,
    ),
    "F14": FaultKind(
        meaning="leg shrinks below its resting closing orders", variants=("half",), timed=True
    ),
    "F15": FaultKind(
        meaning="trading stop answered 34040",
        variants=("ignored", "set"),
        where="/v5/position/trading-stop",
    ),
    "F16": FaultKind(
        meaning="history shorter than the position's life",
        variants=("short",),
        where="/v5/execution/list",
    ),
    "F17": FaultKind(
        meaning="maintenance",
        variants=("refuse", "restart"),
        timed=True,
    ),
    "F18": FaultKind(
        meaning="fills in many pieces", variants=("pieces",), where="/v5/order/create"
    ),
}
_KEYS = {
    *("fault", "variant", "probability", "times", "where", "from_s", "to_s", "at_s", "every_s"),
    *("duration_s", "lag_ms", "pieces"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One line of a plan. Times are wall seconds since the start."""

    fault: str
    variant: str
    where: str
    probability: float = 1.0
    times: int | None = None
    from_s: float = 0.0
    to_s: float | None = None
    at_s: tuple[float, ...] = ()
    every_s: float | None = None
    duration_s: float = 5.0
    lag_ms: int = 1000
    pieces: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """A seed and the rules drawn from it."""

    seed: int = 1
    rules: tuple[FaultRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultHit:
    """A fault that really happened."""

    fault: str
    variant: str
    wall_ms: int
    market_ms: int
    what: str


def load_plan(file: Path) -> FaultPlan:
    """Read a plan.

    Raises:
        BadInput: the file cannot be read, or a key or value is not known.
    """
    try:
        content = yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(f"Fault plan {file} cannot be read: {reason}.") from error
    if not isinstance(content, dict) or set(content) - {"seed", "faults"}:
        raise BadInput(f"Fault plan {file} must hold only seed and faults.")
    rows, seed = content.get("faults", []), content.get("seed", 1)
    if not isinstance(rows, list) or not isinstance(seed, int) or isinstance(seed, bool):
        raise BadInput(f"Fault plan {file}: faults must be a list and seed a whole number.")
    rules = tuple(_rule(row, f"Fault plan {file}, fault {n}") for n, row in enumerate(rows, 1))
    return FaultPlan(seed=seed, rules=rules)


def _rule(row: object, place: str) -> FaultRule:
    if not isinstance(row, Mapping):
        raise BadInput(f"{place} must be a mapping with the key fault.")
    unknown = sorted(str(key) for key in row if key not in _KEYS)
    if unknown:
        raise BadInput(
            f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}."
        )
    kind = FAULTS.get(str(row.get("fault")))
    if kind is None:
        raise BadInput(f"{place}: unknown fault {row.get('fault')!r}; known are F1 to F18.")
    variant = str(row.get("variant", kind.variants[0]))
    if variant not in kind.variants:
        known = ", ".join(kind.variants)
        raise BadInput(f"{place}: unknown variant {variant!r}; known are {known}.")
    at_s = row.get("at_s", ())
    values: dict[str, Any] = {key: row[key] for key in row if key not in ("fault", "variant")}
    values["at_s"] = tuple(at_s) if isinstance(at_s, list) else (at_s,) if at_s != () else ()
    for key, value in values.items():
        numbers = value if isinstance(value, tuple) else (value,)
        if key != "where" and not all(_is_amount(number) for number in numbers):
            raise BadInput(f"{place}: {key} must be a number, zero or more, not {row[key]!r}.")
    values["where"] = str(row.get("where", kind.where))
    rule = FaultRule(fault=str(row["fault"]), variant=variant, **values)
    if not 0 <= rule.probability <= 1:
        raise BadInput(f"{place}: probability must be between 0 and 1.")
    if kind.timed and not rule.at_s and rule.every_s is None:
        raise BadInput(f"{place}: {rule.fault} happens by time; give at_s or every_s.")
    if rule.every_s is not None and rule.every_s <= 0:
        raise BadInput(f"{place}: every_s must be above zero.")
    return rule


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


@dataclass(slots=True, kw_only=True)
class _Running:
    rule: FaultRule
    rng: Random
    count: int = 0
    due_us: list[int] = field(default_factory=list)


class Faults:
    """A plan at work: draws, counts, and remembers."""

    def __init__(self, plan: FaultPlan, start_us: int) -> None:
        """Start the plan's clock at a wall time."""
        self.plan = plan
        self.start_us = start_us
        self.hits: list[FaultHit] = []
        self._running = [
            _Running(
                rule=rule,
                rng=Random(f"{plan.seed}:{number}"),  # noqa: S311
                due_us=sorted(start_us + int(at * 1e6) for at in rule.at_s),
            )
            for number, rule in enumerate(plan.rules)
        ]
        for running in self._running:
            if running.rule.every_s is not None and not running.due_us:
                running.due_us = [start_us + int(running.rule.every_s * 1e6)]

    def draw(self, kinds: tuple[str, ...], where: str, wall_us: int) -> FaultRule | None:
        """Return the first rule of these kinds that strikes at this place now.

        A kind is a fault such as "F1", or one variant of it such as "F15:set".
        """
        seconds = (wall_us - self.start_us) / 1e6
        for running in self._running:
            rule = running.rule
            if rule.fault not in kinds and f"{rule.fault}:{rule.variant}" not in kinds:
                continue
            if FAULTS[rule.fault].timed:
                continue
            if not fnmatchcase(where, rule.where) or seconds < rule.from_s:
                continue
            if rule.to_s is not None and seconds > rule.to_s:
                continue
            if rule.times is not None and running.count >= rule.times:
                continue
            if running.rng.random() < rule.probability:
                return rule
        return None

    def due(self, wall_us: int) -> list[FaultRule]:
        """Return the timed rules whose time has come, each once per due time."""
        struck: list[FaultRule] = []
        for running in self._running:
            rule = running.rule
            while running.due_us and running.due_us[0] <= wall_us:
                at_us = running.due_us.pop(0)
                if rule.every_s is not None and not running.due_us:
                    running.due_us.append(at_us + int(rule.every_s * 1e6))
                over = rule.times is not None and running.count >= rule.times
                if not over and running.rng.random() < rule.probability:
                    struck.append(rule)
        return struck

    def next_due_us(self) -> int | None:
        """Return when the next timed rule is due."""
        times = [running.due_us[0] for running in self._running if running.due_us]
        return min(times) if times else None

    def hit(self, rule: FaultRule, what: str, *, wall_us: int, market_ms: int) -> None:
        """Remember that a fault really struck something; only that counts against `times`."""
        for running in self._running:
            running.count += running.rule is rule
        self.hits.append(
            FaultHit(
                fault=rule.fault,
                variant=rule.variant,
                wall_ms=wall_us // 1000,
                market_ms=market_ms,
                what=what,
            )
        )
