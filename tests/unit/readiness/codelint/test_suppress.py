"""A suppression needs the rule and a reason; without them it is itself a finding."""

from pathlib import Path

import pytest

from readiness.codelint import analyse


def run(tmp_path: Path, line: str) -> tuple[list[str], list[str]]:
    """Rule ids that remain, and reasons of what was suppressed."""
    (tmp_path / "bot.py").write_text(f"import time\n\nasync def f():\n{line}\n")
    analysis = analyse(tmp_path)
    remaining = [finding.rule_id for finding in analysis.findings]
    return remaining, [reason for _, reason in analysis.suppressed]


def test_reason_on_the_line_suppresses(tmp_path: Path) -> None:
    """The finding is kept apart with its reason."""
    line = "    time.sleep(1)  # codelint: ok D05 because nobody else uses this loop"
    assert run(tmp_path, line) == ([], ["nobody else uses this loop"])


def test_reason_above_the_line_suppresses(tmp_path: Path) -> None:
    """A comment that stands alone speaks for the line below."""
    line = "    # codelint: ok D05 because nobody else uses this loop\n    time.sleep(1)"
    assert run(tmp_path, line)[0] == []


@pytest.mark.parametrize(
    "comment", ["ok D05", "ok D05 because", "ok because it is fine here", "ok"]
)
def test_without_rule_or_reason_nothing_is_suppressed(tmp_path: Path, comment: str) -> None:
    """The finding stays, and the comment is one more."""
    assert set(run(tmp_path, f"    time.sleep(1)  # codelint: {comment}")[0]) == {"D05", "X01"}


def test_other_rules_are_not_suppressed(tmp_path: Path) -> None:
    """A suppression of one rule leaves the others."""
    line = "    time.sleep(1)  # codelint: ok D06 because this is another rule"
    assert run(tmp_path, line)[0] == ["D05"]


def test_several_rules_share_a_reason(tmp_path: Path) -> None:
    """Rule ids may be listed."""
    line = "    time.sleep(1)  # codelint: ok D05, D06 because nobody else uses this loop"
    assert run(tmp_path, line)[0] == []
