"""Findings of ruff and mypy are marked as theirs, and nothing is said twice."""

from pathlib import Path

import pytest

from readiness.codelint import analyse
from readiness.codelint.linters import outside_findings

CODE = """\
import asyncio
import time


async def pace() -> None:
    time.sleep(1)


async def go(rows: list[int] = []) -> None:
    pace()
    assert rows
    await asyncio.sleep(1)
"""


@pytest.fixture
def found(tmp_path: Path) -> set[tuple[str, str, int | None]]:
    """Source, rule and line of what the other tools add."""
    (tmp_path / "bot.py").write_text(CODE)
    ours = analyse(tmp_path).findings
    assert {finding.rule_id for finding in ours} == {"D01", "D05"}
    return {
        (f.source, f.rule_id, f.location.line if f.location else None)
        for f in outside_findings(tmp_path, ours)
    }


def test_their_own_findings_are_marked(found: set[tuple[str, str, int | None]]) -> None:
    """A mutable default is ruff's business."""
    assert ("ruff", "B006", 9) in found


def test_what_we_said_is_not_said_again(found: set[tuple[str, str, int | None]]) -> None:
    """The blocking sleep and the lost coroutine are ours already."""
    assert not {rule for _, rule, _ in found} & {"ASYNC251", "unused-coroutine", "unused-awaitable"}


def test_tree_without_python_has_none(tmp_path: Path) -> None:
    """Nothing to lint, nothing found."""
    assert outside_findings(tmp_path, []) == []
