"""One seeded defect: what is changed, which check must see it, and how grave it must call it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from readiness.check import Finding, FindingKind, Severity

__all__ = ["Edit", "Fate", "Mutant", "Origin", "Tried", "fate_of"]


class Origin(StrEnum):
    """WRITTEN by somebody who knows the system, or DRAWN by seed from the operators."""

    WRITTEN = "written"
    DRAWN = "drawn"


class Fate(StrEnum):
    """What became of a mutant.

    BLOCKED is a check that said itself that it cannot measure, which turns the verdict as well.
    UNDECIDED is a trial that died or ran late, alone too: it shows nothing, so nothing was seen.
    """

    CAUGHT = "caught"
    BLOCKED = "blocked"
    SURVIVED = "survived"
    UNDECIDED = "undecided"

    @property
    def is_caught(self) -> bool:
        """Whether the verdict would have turned."""
        return self in (Fate.CAUGHT, Fate.BLOCKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`old` stands once in the file of a tree, from `at` on where that is given; `new` replaces it.

    `file` is relative to the tree; `at` counts characters.
    """

    file: str
    old: str
    new: str
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A defect; `least` is the least severity at which its check must report it.

    `edits` change a copy of the tree; those that are planted elsewhere have none. `options` go to
    the form of the check, such as the tests that a defect concerns.
    """

    name: str
    check: str
    least: Severity
    origin: Origin
    edits: tuple[Edit, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """A digest of the defect itself: another text or severity is another defect.

        The place in the file does not count, which changes with every line above it.
        """
        told = [self.name, self.check, self.least, *self.options]
        told += [text for edit in self.edits for text in (edit.file, edit.old, edit.new)]
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A mutant after its trial; `said` is what its check reported first, or why it survived."""

    mutant: Mutant
    fate: Fate
    said: str
    cpu_s: float = 0.0


def fate_of(mutant: Mutant, findings: list[Finding]) -> tuple[Fate, str]:
    """Caught where the check reports anything that is grave enough."""
    failing = [found for found in findings if found.kind is FindingKind.FAIL]
    grave = [found for found in failing if found.severity.rank <= mutant.least.rank]
    if grave:
        return Fate.CAUGHT, f"{grave[0].rule_id}: {grave[0].message}"[:200]
    if failing:
        return Fate.SURVIVED, f"only {failing[0].severity}: {failing[0].message}"[:200]
    return Fate.SURVIVED, "the check passed"
