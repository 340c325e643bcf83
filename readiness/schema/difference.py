"""What differs between two schemas, and how much each difference can cost.

CRITICAL lets wrong rows in or loses values; HIGH lets a writer or a reader fail or see something
else; MEDIUM costs speed or order; LOW changes nothing that a program notices. The parts of a
table that is missing, or not expected, are told once, with the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readiness.check import Severity
from readiness.schema.snapshot import SchemaObject, Snapshot

__all__ = ["Difference", "compare_snapshots"]

ABSENT = "nothing"
PARTS = ("column", "constraint", "index", "trigger", "policy", "privilege", "sequence")

MISSING = {
    "extension": Severity.HIGH,
    "enum": Severity.CRITICAL,
    "domain": Severity.CRITICAL,
    "sequence": Severity.HIGH,
    "function": Severity.HIGH,
    "table": Severity.CRITICAL,
    "column": Severity.CRITICAL,
    "trigger": Severity.HIGH,
    "view": Severity.MEDIUM,
    "policy": Severity.HIGH,
    "privilege": Severity.MEDIUM,
}
# A trigger changes rows in silence, a policy hides them, a rule refuses what the writer sends.
UNEXPECTED = {
    "trigger": Severity.HIGH,
    "policy": Severity.HIGH,
    "constraint": Severity.MEDIUM,
    "privilege": Severity.MEDIUM,
}
CHANGED = {
    ("table", "persistence"): Severity.CRITICAL,  # An unlogged table is empty after a crash.
    ("column", "type"): Severity.CRITICAL,
    ("column", "generated"): Severity.CRITICAL,
    ("column", "collation"): Severity.MEDIUM,
    ("domain", "type"): Severity.CRITICAL,
    ("domain", "checks"): Severity.CRITICAL,
    ("view", "definition"): Severity.MEDIUM,
    ("view", "options"): Severity.MEDIUM,
    ("privilege", "granted"): Severity.MEDIUM,
    ("extension", "version"): Severity.LOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fact that differs, or an object that only one side has (`fact` is then empty).

    `expected` and `found` are the two objects, None where there is none.
    """

    severity: Severity
    fact: str
    expected: SchemaObject | None
    found: SchemaObject | None

    @property
    def place(self) -> SchemaObject:
        """The object that it is about."""
        there = self.expected or self.found
        if there is None:
            raise ValueError("a difference is about something")
        return there

    @property
    def texts(self) -> tuple[str, str]:
        """What was expected and what was found, in words."""
        return _told(self.expected, self.fact), _told(self.found, self.fact)


def compare_snapshots(expected: Snapshot, found: Snapshot) -> tuple[Difference, ...]:
    """Everything in which `found` is not `expected`, in the order in which it would be made."""
    return tuple(_differences(expected, found))


def _differences(expected: Snapshot, found: Snapshot) -> Iterator[Difference]:
    for identity in expected | found:
        wanted, seen = expected.get(identity), found.get(identity)
        if wanted and seen:
            for fact in wanted.facts:
                if wanted.facts[fact] != seen.facts[fact]:
                    severity = _changed(wanted, seen, fact)
                    yield Difference(severity=severity, fact=fact, expected=wanted, found=seen)
        elif wanted and not _goes_with_its_table(wanted, found):
            yield Difference(severity=_missing(wanted), fact="", expected=wanted, found=None)
        elif seen and not _goes_with_its_table(seen, expected):
            yield Difference(severity=_unexpected(seen), fact="", expected=None, found=seen)


def _goes_with_its_table(part: SchemaObject, other: Snapshot) -> bool:
    """Is this a part of a table (or a view) that the other side does not have at all?"""
    owners = {("table", part.table), ("view", part.table)}
    return part.kind in PARTS and part.table != "" and not owners & other.keys()


def _missing(wanted: SchemaObject) -> Severity:
    if wanted.kind == "constraint":
        return _of_constraint(wanted)
    if wanted.kind == "index":
        return Severity.CRITICAL if wanted.facts["unique"] == "yes" else Severity.MEDIUM
    return MISSING[wanted.kind]


def _unexpected(seen: SchemaObject) -> Severity:
    facts = seen.facts
    if seen.kind == "column" and facts["not null"] == "yes":
        fills_itself = facts["default"] or facts["generated"] or facts["identity"]
        return Severity.LOW if fills_itself else Severity.HIGH  # Every INSERT is refused.
    if seen.kind == "index" and facts["unique"] == "yes":
        return Severity.MEDIUM
    return UNEXPECTED.get(seen.kind, Severity.LOW)


def _changed(wanted: SchemaObject, seen: SchemaObject, fact: str) -> Severity:
    if fact == "comment":
        return Severity.LOW
    if fact == "labels":
        lost = set(wanted.facts[fact].split(", ")) - set(seen.facts[fact].split(", "))
        return Severity.CRITICAL if lost else Severity.MEDIUM
    if wanted.kind == "index" and fact != "valid":
        unique = "yes" in (wanted.facts["unique"], seen.facts["unique"])
        return Severity.CRITICAL if unique else Severity.MEDIUM
    if wanted.kind == "constraint" and fact != "validated":
        return _of_constraint(wanted)
    return CHANGED.get((wanted.kind, fact), Severity.HIGH)


def _of_constraint(wanted: SchemaObject) -> Severity:
    """A foreign key loses the way back to a row; the others let a wrong or a second row in."""
    return Severity.HIGH if wanted.facts["class"] == "f" else Severity.CRITICAL


def _told(side: SchemaObject | None, fact: str) -> str:
    if side is None:
        return ABSENT
    if fact:
        return side.facts[fact] or ABSENT
    told = side.facts.get("definition") or side.facts.get("type") or side.facts.get("labels")
    return " ".join(f"{side.kind} {told or ''}".split())
