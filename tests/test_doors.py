"""Every door, opened as a stranger would: help, bad options, another folder, an old Python."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHELL_DOORS = ("run_tests.sh", "run_migration_verification.sh")
PYTHON_DOORS = (
    "unified_launcher.py",
    "scripts/verify_migration.py",
    "scripts/verify_database_migration.py",
    "scripts/analyze_code_migration.py",
    "scripts/benchmark_v3_performance.py",
    "scripts/own_tests.py",
)
OLD_PYTHON = """#!/bin/sh
case "$*" in *version_info*) exit 1;; esac
echo "asked: $*"
exit 3
"""


def _open(
    *command: str, folder: Path = ROOT, environ: dict[str, str] | None = None
) -> tuple[int, str]:
    """Exit code, and all that was said, of a door that is opened without a terminal."""
    done = subprocess.run(  # noqa: S603 (our own doors)
        command,
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"} if environ is None else environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("door", PYTHON_DOORS)
def test_python_doors_explain_themselves_from_any_folder(door: str, tmp_path: Path) -> None:
    """--help works in another working folder and ends with 0."""
    code, said = _open(sys.executable, str(ROOT / door), "--help", folder=tmp_path)
    assert code == 0, said
    assert "--" in said


@pytest.mark.parametrize("door", PYTHON_DOORS)
def test_python_doors_refuse_what_they_do_not_know(door: str) -> None:
    """An unknown option is named and ends with an error."""
    code, said = _open(sys.executable, str(ROOT / door), "--no-such-option")
    assert code != 0
    assert "--no-such-option" in said


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ("--mode=everything", "everything"),
        ("--duration=0", "--duration"),
        ("--config=/no/such/file.yaml", "/no/such/file.yaml"),
        ("--live", "READY"),
    ],
)
def test_the_launcher_refuses_in_a_sentence(option: str, named: str) -> None:
    """Another mode, no time, no configuration, no verdict: refused without a trace."""
    code, said = _open(sys.executable, str(ROOT / "unified_launcher.py"), option)
    assert code != 0
    assert named in said
    assert "Traceback" not in said


@pytest.mark.parametrize("door", PYTHON_DOORS)
def test_old_pythons_can_read_the_doors(door: str) -> None:
    """A door keeps to the grammar of Python 3.6 on its way to the sentence that refuses it."""
    ast.parse((ROOT / door).read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("door", SHELL_DOORS)
def test_shell_doors_say_what_they_do_in_their_first_lines(door: str) -> None:
    """A shell door can be run, is valid bash, and says its usage on top."""
    path = ROOT / door
    assert os.access(path, os.X_OK)
    assert _open("bash", "-n", str(path)) == (0, "")
    assert re.match(r"#!/usr/bin/env bash\n# [A-Z]", path.read_text("utf-8"))


@pytest.mark.parametrize("door", SHELL_DOORS)
def test_shell_doors_tell_that_python_is_missing(door: str, tmp_path: Path) -> None:
    """Without any Python the sentence says what to install, and the exit code is 3."""
    for program in ("bash", "dirname", "env"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    code, said = _open(str(ROOT / door), folder=tmp_path, environ={"PATH": str(tmp_path)})
    assert code == 3
    assert "install Python 3.11 or newer" in said


@pytest.mark.parametrize("door", SHELL_DOORS)
def test_shell_doors_pass_over_interpreters_that_do_not_work(door: str, tmp_path: Path) -> None:
    """An interpreter that is too old or broken is passed over; the last one speaks for itself."""
    for program in ("bash", "dirname", "env"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    for name, text in (("python3.13", "#!/bin/sh\nexit 127\n"), ("python3", OLD_PYTHON)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    code, said = _open(str(ROOT / door), "--quick", environ={"PATH": str(tmp_path)})
    assert code == 3
    assert re.search(r"asked: -I .*bot_trading/environment\.py .*scripts/\w+\.py --quick", said)


def test_shell_doors_take_the_newest_interpreter(tmp_path: Path) -> None:
    """Of several usable interpreters the newest tested one is taken."""
    for name in ("python3.12", "python3.11", "python3"):
        (tmp_path / name).write_text(
            f'#!/bin/sh\ncase "$*" in *version_info*) ;; *) echo {name};; esac\n'
        )
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    code, said = _open(str(ROOT / "run_tests.sh"), environ={"PATH": path})
    assert (code, said) in [(0, "python3.12\n"), (0, "python3.13\n")]


def test_ci_runs_what_everybody_runs() -> None:
    """Continuous integration opens the same door as a user."""
    text = (ROOT / ".ci/run").read_text("utf-8")
    assert "run_tests.sh" in text
    assert _open("bash", "-n", str(ROOT / ".ci/run")) == (0, "")


def test_the_make_targets_call_what_exists() -> None:
    """Every script that the Makefile calls is in the repository."""
    text = (ROOT / "Makefile").read_text("utf-8")
    called = re.findall(r"(?:\./|\s)((?:scripts/)?[\w/]+\.(?:sh|py))", text)
    assert called
    assert [name for name in called if not (ROOT / name).exists()] == []
    code, said = _open("make", "--dry-run", "test", "verify", "lock")
    assert code == 0, said
