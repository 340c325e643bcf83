"""The table of users' pains names a rule and a test for each, and each test names its pain."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "order_truth.md"
ROW = re.compile(
    r"^\| (?P<number>\d+) \| (?P<pain>[^|]+) \| (?P<rule>[^|]+) \| "
    r"\[`(?P<test>\w+)`\]\(\.\./(?P<path>[\w/]+\.py)\) \|$"
)


def _docstring_of(path: Path, name: str) -> str:
    """What a test says of itself; "" where there is no such test."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return " ".join((ast.get_docstring(node) or "").split())
    return ""


def test_every_pain_has_a_rule_and_a_test_that_names_it() -> None:
    """Twelve rows, counted from 1; the words of the pain stand in the test's own docstring."""
    rows = [found for line in PAGE.read_text().splitlines() if (found := ROW.match(line))]
    assert [int(row["number"]) for row in rows] == list(range(1, 13))
    for row in rows:
        said = _docstring_of(ROOT / row["path"], row["test"])
        pain = row["pain"][0].lower() + row["pain"][1:]
        assert f"Pain {row['number']}: {pain}" in said, row["test"]
        assert len(row["rule"]) > 20
