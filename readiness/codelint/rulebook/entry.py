"""The entry of one rule in the rulebook."""

from __future__ import annotations

from dataclasses import dataclass

from readiness.check import Severity

__all__ = ["CRITICAL", "HIGH", "LOW", "MEDIUM", "Rule"]

CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


@dataclass(frozen=True, slots=True)
class Rule:
    """A stable id, its severity, a title, why it costs money, and how to mend it."""

    rule_id: str
    severity: Severity
    title: str
    cost: str
    fix: str
