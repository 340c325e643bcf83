"""Ways to end that are no verdict end with 3, also those that nobody expected."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _end(statements: str, *arguments: str) -> tuple[int, str]:
    """Exit code and error output of a process that opens a door of a changed command line."""
    done = subprocess.run(  # noqa: S603 (this very interpreter)
        [sys.executable, "-c", f"from readiness import cli, door\n{statements}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def _command(body: str) -> str:
    return (
        f"def tried(quick: bool = False) -> None:\n    {body}\n"
        "cli.verify = tried\ndoor.open_door('verify')"
    )


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_verdict_keeps_its_code(code: int) -> None:
    """0, 1 and 2 come from a verdict and from nothing else."""
    assert _end(_command(f"raise door.VerdictReached({code})"))[0] == code


@pytest.mark.parametrize("code", [1, 2, 3, 130])
def test_any_other_end_is_could_not_run(code: int) -> None:
    """A plain exit with a verdict's number is not taken for one."""
    assert _end(_command(f"raise SystemExit({code})"))[0] == 3


def test_a_refused_option_is_could_not_run() -> None:
    """What typer refuses is named, and ends with 3 instead of typer's own 2."""
    code, said = _end(_command("pass"), "--no-such-option")
    assert code == 3
    assert "--no-such-option" in said


def test_an_unexpected_exception_is_could_not_run() -> None:
    """Python would end with 1, which means NEEDS_FIXES; here the trace comes with 3."""
    code, said = _end(_command("raise KeyError('lost')"))
    assert code == 3
    assert "KeyError: 'lost'" in said
    assert "could not run" in said


def test_a_part_that_cannot_be_imported_is_could_not_run() -> None:
    """A broken checkout gives no verdict."""
    code, said = _end("import sys; sys.modules['typer'] = None; door.open_door('verify')")
    assert code == 3
    assert "could not run" in said


def test_a_command_that_ends_normally_is_zero() -> None:
    """Help and the like are no failure."""
    assert _end(_command("pass"))[0] == 0
