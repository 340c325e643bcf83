"""Fault plans: which disturbance, where, how often; and a record of each one really hit.

A plan is YAML: `seed`, and `faults`, a list of rules. Every rule draws from its own seeded source,
so adding one changes nothing about the others. `docs/exchange_simulator.md` lists all keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any

import yaml

from exchange_simulator.errors import BadInput
from exchange_simulator.fault_kinds import FAULTS

__all__ = ["FaultHit", "FaultPlan", "FaultRule", "Faults", "check_plan", "load_plan"]


_KEYS = {
    *("fault", "variant", "probability", "times", "where", "from_s", "to_s", "at_s", "every_s"),
    *("duration_s", "lag_ms", "pieces", "market"),
}
_TEXTS = ("fault", "variant", "where", "market")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One line of a plan. Times are wall seconds since the start.

    An empty market means every exchange that knows the fault and the variant; an empty variant or
    place is each exchange's default.
    """

    fault: str
    variant: str = ""
    where: str = ""
    market: str = ""
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
    market, variant = str(row.get("market", "")), str(row.get("variant", ""))
    _check_market(str(row["fault"]), market, place)
    if variant and variant not in kind.known(market):
        known = ", ".join(kind.known(market))
        raise BadInput(f"{place}: unknown variant {variant!r}; known are {known}.")
    at_s = row.get("at_s", ())
    values: dict[str, Any] = {key: row[key] for key in row if key not in _TEXTS}
    values["at_s"] = tuple(at_s) if isinstance(at_s, list) else (at_s,) if at_s != () else ()
    for key, value in values.items():
        numbers = value if isinstance(value, tuple) else (value,)
        if not all(_is_amount(number) for number in numbers):
            raise BadInput(f"{place}: {key} must be a number, zero or more, not {row[key]!r}.")
    texts: dict[str, Any] = {key: str(row.get(key, "")) for key in _TEXTS}
    rule = FaultRule(**texts, **values)
    if not 0 <= rule.probability <= 1:
        raise BadInput(f"{place}: probability must be between 0 and 1.")
    if kind.timed and not rule.at_s and rule.every_s is None:
        raise BadInput(f"{place}: {rule.fault} happens by time; give at_s or every_s.")
    if rule.every_s is not None and rule.every_s <= 0:
        raise BadInput(f"{place}: every_s must be above zero.")
    return rule


def _check_market(fault: str, market: str, place: str) -> None:
    """Refuse an exchange that is none, or on which the fault has no meaning."""
    if market not in ("", *FAULTS["F1"].variants):
        known = ", ".join(FAULTS["F1"].variants)
        raise BadInput(f"{place}: unknown market {market!r}; known are {known}.")
    kind = FAULTS[fault]
    if market and market not in kind.variants:
        raise BadInput(f"{place}: {fault} has no meaning on {market}: {kind.absent[market]}.")


def check_plan(plan: FaultPlan, markets: tuple[str, ...]) -> None:
    """Refuse a rule that none of the exchanges to be served can carry out.

    Raises:
        BadInput: naming the rule, and why.
    """
    for number, rule in enumerate(plan.rules, 1):
        if any(_applies(rule, market) for market in markets):
            continue
        place, kind = f"Fault {number} of the plan ({rule.fault})", FAULTS[rule.fault]
        absent = [market for market in markets if market in kind.absent]
        if absent and not rule.market:
            raise BadInput(f"{place} has no meaning on {absent[0]}: {kind.absent[absent[0]]}.")
        wanted = rule.variant if not rule.market else rule.market
        raise BadInput(f"{place} asks for {wanted}, which {', '.join(markets)} does not have.")


def _applies(rule: FaultRule, market: str) -> bool:
    known = FAULTS[rule.fault].known(market)
    return rule.market in ("", market) and (rule.variant in known if rule.variant else bool(known))


def _at_home(rule: FaultRule, market: str) -> FaultRule:
    """Fill in an exchange's own variant and place."""
    kind = FAULTS[rule.fault]
    variant = rule.variant or kind.variants[market][0]
    usual = kind.where.get(f"{market}:{variant}") or kind.where.get(market, "*")
    return replace(rule, variant=variant, where=rule.where or usual)


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


@dataclass(slots=True, kw_only=True)
class _Running:
    rule: FaultRule
    rng: Random
    count: int = 0
    due_us: list[int] = field(default_factory=list)


class Faults:
    """A plan at work on one exchange: draws, counts, and remembers."""

    def __init__(self, plan: FaultPlan, start_us: int, market: str) -> None:
        """Start the plan's clock at a wall time; rules of other exchanges are left out."""
        self.plan = plan
        self.start_us = start_us
        self.hits: list[FaultHit] = []
        self._running = [
            _Running(
                rule=_at_home(rule, market),
                rng=Random(f"{plan.seed}:{number}"),  # noqa: S311
                due_us=sorted(start_us + int(at * 1e6) for at in rule.at_s),
            )
            for number, rule in enumerate(plan.rules)
            if _applies(rule, market)
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
