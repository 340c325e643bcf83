"""Counts are complete, examples are few, and every kind of damage has its words."""

from __future__ import annotations

import pytest

from readiness.check import Severity
from readiness.reconcile.tally import KINDS, Example, Tally


def test_one_finding_per_kind_and_place() -> None:
    """A thousand cases are counted as a thousand and shown by twenty."""
    tally = Tally()
    for key in range(1_000):
        tally.add("row-lost", "orders", Example(key=f"key {key}", expected="a row", found="none"))
    (finding,) = tally.findings()
    assert finding.rule_id == "data-row-lost"
    assert "1,000 ×" in finding.message
    assert "key 0, key 1, key 2, key 3, key 4, …" in finding.message
    assert len(finding.evidence) == 21
    assert tally.is_full("row-lost", "orders")
    assert not tally.is_full("row-lost", "fills")


def test_the_worst_comes_first() -> None:
    """Findings are in the order of what they can cost."""
    tally = Tally()
    for kind in ("time-rounded", "float-noise", "sign-flipped"):
        tally.add(kind, "orders.price", Example(key="key 1", expected="1", found="2"))
    severities = [it.severity for it in tally.findings()]
    assert severities == [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM]


def test_statements_that_mend_come_before_advice() -> None:
    """The first statements are the fix; without any the kind's own advice is."""
    tally = Tally()
    for key in range(9):
        example = Example(key=f"{key}", expected="1", found="2", mend=f"UPDATE {key};")
        tally.add("value-changed", "orders.price", example)
    tally.add("row-lost", "orders", None)
    fixes = {it.rule_id: it.fix for it in tally.findings()}
    assert fixes["data-value-changed"].splitlines() == [f"UPDATE {key};" for key in range(5)]
    assert fixes["data-row-lost"] == "Run the migration again"


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_becomes_a_whole_finding(kind: str) -> None:
    """Rule id, severity, message, fix and evidence are there, values of any length on one line."""
    tally = Tally()
    tally.add(kind, "orders.note", Example(key="key 1", expected="", found="a\nb" * 100))
    (finding,) = tally.findings()
    assert finding.rule_id == f"data-{kind}"
    assert finding.severity is KINDS[kind][0]
    assert finding.evidence[1].limit == "''"
    assert "\n" not in finding.evidence[1].measured
    assert len(finding.evidence[1].measured) <= 81
