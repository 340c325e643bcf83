"""Forms find nothing in this very tree, and what they find travels as findings."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from readiness.check import Finding, Severity
from readiness.mutants.forms import FORMS, answer
from readiness.mutants.rules import read_rules

ROOT = Path(__file__).resolve().parents[4]


def test_every_check_with_mutants_has_a_form() -> None:
    """And no form is without mutants."""
    assert set(FORMS) == set(read_rules())


@pytest.mark.parametrize("name", ["Risk Management"])
def test_a_cheap_form_is_clean_on_this_tree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is dear is tried by the campaign before its mutants."""
    monkeypatch.chdir(ROOT)
    assert answer(name, []) == b"[]"


def test_a_failing_test_is_a_critical_finding(tmp_path: Path) -> None:
    """With what the tests said last."""
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert 1 == 2\n", encoding="utf-8")
    found = FORMS["Integration Tests"](tmp_path, [str(tmp_path / "test_it.py")])
    assert [(each.rule_id, each.severity) for each in found] == [
        ("integration-test-failed", Severity.CRITICAL)
    ]
    assert "1 failed" in found[0].message
    again = msgspec.json.decode(msgspec.json.encode(found), type=list[Finding])
    assert again == found
