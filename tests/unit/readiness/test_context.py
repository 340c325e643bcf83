"""What a check is given: deadlines by scope, no password in a trace, and how BLOCKED reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.check import Outcome
from readiness.context import Check, Context, Scope, blocked
from readiness.settings import read_settings

ROOT = Path(__file__).resolve().parents[3]
CHECK = Check(name="Dry Run", is_critical=True, run=None)


def _context(scope: Scope, duration_s: int) -> Context:
    return Context(
        root=ROOT,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=scope,
        dry_run_duration_s=duration_s,
        database_url="postgresql://me:secret@db/bot",
        folder=ROOT,
    )


@pytest.mark.parametrize(
    ("scope", "duration_s", "deadline_s"), [(Scope.QUICK, 30, 330), (Scope.FULL, 300, 2100)]
)
def test_the_deadline_follows_scope_and_duration(
    scope: Scope, duration_s: int, deadline_s: int
) -> None:
    """A dry run's own duration comes on top of what any check may take."""
    assert _context(scope, duration_s).deadline_s == deadline_s


def test_the_password_is_not_shown() -> None:
    """A context that ends up in a trace keeps the database's password to itself."""
    assert "secret" not in repr(_context(Scope.QUICK, 30))


def test_blocked_carries_a_reason() -> None:
    """A sentence stays a sentence, and the check's weight is kept."""
    result = blocked(CHECK, "no server")
    assert (result.outcome, result.reason, result.is_critical) == (
        Outcome.BLOCKED,
        "no server",
        True,
    )


def test_an_exception_leaves_its_trace() -> None:
    """The first line says what happened; the trace says where."""
    try:
        raise KeyError("position_idx")
    except KeyError as error:
        lines = blocked(CHECK, error).reason.splitlines()
    assert lines[0] == "KeyError: 'position_idx'"
    assert lines[1].startswith("Traceback")
    assert any("test_context.py" in line for line in lines)


def test_an_exception_without_words_still_says_something() -> None:
    """A bare exception is named by its kind."""
    assert blocked(CHECK, ValueError()).reason.startswith("ValueError: no message")
