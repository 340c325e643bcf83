"""The words of a verification: finding, evidence, outcome, and the result of one check.

Every check answers with one `CheckResult`. What cannot be true cannot be constructed: a PASSED
without evidence, a FAILED without a finding, a BLOCKED without a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "CheckResult",
    "Evidence",
    "Finding",
    "FindingKind",
    "Location",
    "Outcome",
    "Recall",
    "Severity",
]


class Severity(StrEnum):
    """How much a finding can cost; worst first."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"

    @property
    def rank(self) -> int:
        """0 for CRITICAL, 3 for LOW: sorts worst first."""
        return list(Severity).index(self)


class Outcome(StrEnum):
    """What a check concluded; BLOCKED means that it could not measure, which is never a pass."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"


class FindingKind(StrEnum):
    """FAIL breaks the check, OPEN could not be decided, INFORMATIONAL breaks nothing (as SARIF)."""

    FAIL = "fail"
    OPEN = "open"
    INFORMATIONAL = "informational"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a file (path relative to the analysed root), a table, a setting; lines from 1."""

    path: str
    line: int | None = None
    end_line: int | None = None
    note: str = ""

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One measured value beside its limit, and the command or query that measured it."""

    what: str
    measured: str
    limit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not self.what.strip() or not self.measured.strip():
            raise ValueError("evidence names what was measured and the value that was seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong: stable rule id, where, how bad, what it shows, and how to mend it."""

    rule_id: str
    severity: Severity
    message: str
    fix: str
    kind: FindingKind = FindingKind.FAIL
    location: Location | None = None
    chain: tuple[Location, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    source: str = "readiness"

    def __post_init__(self) -> None:
        if not self.rule_id or not self.message or not self.fix:
            raise ValueError("a finding has a rule id, a message and a fix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How many defects were planted on purpose for a check, and how many of them it reported."""

    caught: int
    seeded: int

    def __post_init__(self) -> None:
        if not 0 <= self.caught <= self.seeded:
            raise ValueError("a check catches between none and all of the seeded defects")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The outcome of one check, with what it rests on.

    `coverage_ratio` is units examined / units that exist, 0 to 1; a BLOCKED check covered nothing.
    `recall` is the check's own power, measured on seeded defects; None where it was not measured.
    `performance` holds, per measure, the values of v2 and v3 with units; `drawings`, per title, the
    name of an SVG file among the evidence. `remedy` says what would let a BLOCKED check measure.
    """

    name: str
    outcome: Outcome
    is_critical: bool
    duration_s: float = 0.0
    coverage_ratio: float = 0.0
    recall: Recall | None = None
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    performance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    drawings: Mapping[str, str] = field(default_factory=dict)
    remedy: str = ""

    def __post_init__(self) -> None:
        failing = [finding for finding in self.findings if finding.kind is FindingKind.FAIL]
        if not 0.0 <= self.coverage_ratio <= 1.0:
            raise ValueError(f"{self.name}: coverage is a ratio of 0 to 1")
        if self.outcome is Outcome.PASSED and (not self.evidence or failing):
            raise ValueError(f"{self.name}: PASSED needs evidence and no failing finding")
        if self.outcome is Outcome.FAILED and not failing:
            raise ValueError(f"{self.name}: FAILED needs at least one failing finding")
        if self.outcome is Outcome.BLOCKED and (not self.reason or self.coverage_ratio):
            raise ValueError(f"{self.name}: BLOCKED needs a reason and covered nothing")
