"""Counts what was found and keeps a few examples of each kind; together they become findings.

However many rows differ, one finding per kind and place comes out, so a report stays readable and
memory bounded; the counts are complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readiness.check import Evidence, Finding, Location, Severity

__all__ = ["KINDS", "Example", "Tally"]

EXAMPLES = 20
MENDED = 5
WIDEST_TEXT = 80

# Of each kind of damage: how much it can cost, what it is called, and what to do where no
# statement can mend it.
KINDS: dict[str, tuple[Severity, str, str]] = {
    "row-lost": (Severity.CRITICAL, "rows did not arrive", "Run the migration again"),
    "row-doubled": (Severity.CRITICAL, "rows are there twice", "Remove the second ones"),
    "row-unexpected": (Severity.CRITICAL, "rows came from nowhere", "Find out who wrote them"),
    "row-copied-and-quarantined": (
        Severity.CRITICAL,
        "rows are copied and in quarantine too",
        "Decide which is right and remove the other",
    ),
    "row-unaccounted": (
        Severity.CRITICAL,
        "rows are neither copied nor in quarantine",
        "Run the migration again",
    ),
    "map-astray": (
        Severity.HIGH,
        "entries of the key map point to no row",
        "Run the migration again",
    ),
    "value-lost": (Severity.CRITICAL, "values became NULL", ""),
    "value-invented": (Severity.CRITICAL, "values stand where there was none", ""),
    "value-changed": (Severity.CRITICAL, "values are others", ""),
    "number-rounded": (Severity.CRITICAL, "numbers lost decimal places", ""),
    "sign-flipped": (Severity.CRITICAL, "numbers have the other sign", ""),
    "float-noise": (Severity.HIGH, "numbers are off by float noise", ""),
    "columns-swapped": (Severity.CRITICAL, "values stand in each other's column", ""),
    "word-wrong": (Severity.CRITICAL, "words of an enum are others", ""),
    "reference-wrong": (Severity.CRITICAL, "references point to another row", ""),
    "text-truncated": (Severity.CRITICAL, "texts are cut off", ""),
    "text-reshaped": (Severity.HIGH, "texts changed their case or spaces", ""),
    "time-shifted": (Severity.CRITICAL, "times are shifted by a zone's offset", ""),
    "time-rounded": (Severity.MEDIUM, "times lost fractions of a second", ""),
    "orphan": (
        Severity.CRITICAL,
        "references point to no row",
        "Find the row that is meant, or quarantine these",
    ),
    "sequence-behind": (Severity.HIGH, "sequences are behind their column", ""),
    "money-differs": (
        Severity.CRITICAL,
        "sums per symbol and day differ",
        "Mend the rows of that day that are reported",
    ),
    "leg-differs": (
        Severity.CRITICAL,
        "legs are not the sum of their fills",
        "Rebuild the legs from their fills",
    ),
    "quarantine-unknown-row": (
        Severity.HIGH,
        "quarantined rows do not exist in the source",
        "Find out who wrote them",
    ),
    "quarantine-row-differs": (
        Severity.CRITICAL,
        "rows were not kept in quarantine as they were",
        "Run the migration again",
    ),
    "quarantine-without-reason": (
        Severity.HIGH,
        "rows are in quarantine without a reason",
        "Run the migration again",
    ),
    "quarantine-needless": (
        Severity.CRITICAL,
        "rows are in quarantine although they convert",
        "Copy them, or correct the mapping",
    ),
    "quarantine-reason-wrong": (
        Severity.MEDIUM,
        "rows are in quarantine for other reasons than recorded",
        "Run the migration again",
    ),
    "verbatim-differs": (
        Severity.HIGH,
        "rows kept as JSON are not what they were",
        "Run the migration again",
    ),
    "column-not-compared": (
        Severity.CRITICAL,
        "columns have a type that cannot be compared, and were not looked at",
        "Give the column the type of its conversion",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One case: the key or name of what is damaged, what was expected and found, what mends it."""

    key: str
    expected: str
    found: str
    mend: str = ""


@dataclass(slots=True)
class _Count:
    cases: int
    examples: list[Example]


class Tally:
    """All damage of one run, by kind and place."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], _Count] = {}

    def add(self, kind: str, place: str, example: Example | None, cases: int = 1) -> None:
        """Count cases of one kind at one place; the first examples are kept."""
        count = self._counts.setdefault((kind, place), _Count(0, []))
        count.cases += cases
        if example and len(count.examples) < EXAMPLES:
            count.examples.append(example)

    def is_full(self, kind: str, place: str) -> bool:
        """Would another example of this be thrown away?"""
        count = self._counts.get((kind, place))
        return count is not None and len(count.examples) >= EXAMPLES

    def findings(self) -> tuple[Finding, ...]:
        """One finding per kind and place, worst first, and in their order by name."""
        named = sorted(self._counts.items(), key=lambda it: it[0])
        found = [self._finding(*it) for it in named if it[1].cases]
        return tuple(sorted(found, key=lambda it: it.severity.rank))

    def _finding(self, named: tuple[str, str], count: _Count) -> Finding:
        kind, place = named
        severity, words, advice = KINDS[kind]
        keys = ", ".join(it.key for it in count.examples[:5])
        more = ", …" if count.cases > min(5, len(count.examples)) else ""
        mends = [it.mend for it in count.examples[:MENDED] if it.mend]
        return Finding(
            rule_id=f"data-{kind}",
            severity=severity,
            message=f"{place}: {count.cases:,} × {words} ({keys}{more})",
            fix="\n".join(mends) or advice or "Restore the values shown as expected",
            location=Location(path=place),
            evidence=tuple(_evidence(place, count)),
        )


def _evidence(place: str, count: _Count) -> Iterator[Evidence]:
    yield Evidence(what=f"{place}: cases", measured=f"{count.cases:,}", limit="0")
    for it in count.examples:
        yield Evidence(
            what=f"{place} {it.key}", measured=_short(it.found), limit=_short(it.expected)
        )


def _short(text: str) -> str:
    """A value on one line; nothing at all is said as such."""
    line = " ".join(text.split()) or "''"
    return line if len(line) <= WIDEST_TEXT else f"{line[:WIDEST_TEXT]}…"
