"""What continuous integration runs, one after the other; a failure does not hide the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from readiness.processes import end_with_parent

__all__ = ["run_own_tests"]

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
# One worker a core: with two, tests that wait for a real exchange's timing fail on a busy machine.
# No more than one server has connections for. Files stay in the order that tests/conftest.py gives.
WORKERS = min(os.cpu_count() or 1, 8)
PARALLEL = ("-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
STEPS = (
    ("lint", (sys.executable, "-m", "ruff", "check", ".")),
    ("format", (sys.executable, "-m", "ruff", "format", "--check", ".")),
    ("types", (sys.executable, "-m", "mypy", ".")),
    ("imports", (str(PROGRAMS / "lint-imports"),)),
    ("tests", (sys.executable, "-m", "pytest", *PARALLEL)),
)


def run_own_tests(pytest_arguments: Sequence[str]) -> int:
    """Run every step, or pytest alone where it was given arguments; 0 when all of them passed."""
    console = Console(stderr=True, highlight=False)
    alone = (("tests", (sys.executable, "-m", "pytest", *pytest_arguments)),)
    steps = alone if pytest_arguments else STEPS
    failed = []
    for number, (name, command) in enumerate(steps, start=1):
        began = time.monotonic()
        console.print(f"[{number}/{len(steps)}] {name}", markup=False)
        code, stopped_by = _run(command)
        console.print(f"      {name} ended with {code} in {time.monotonic() - began:.1f} s")
        if stopped_by:
            return 128 + stopped_by
        if code != 0:
            failed.append(name)
    if failed:
        console.print(f"failed: {', '.join(failed)}", style="red")
    return 1 if failed else 0


def _run(command: Sequence[str]) -> tuple[int, int]:
    """The exit code of one step, and the signal that ended it early, or 0.

    A terminal sends Ctrl-C to the step as well; a request to terminate is passed on as one, so
    that pytest tears down what it has set up.
    """
    received: list[int] = []
    children: list[subprocess.Popen[bytes]] = []

    def end(number: int, _: object) -> None:
        received.append(number)
        if number == signal.SIGTERM:
            for child in children:
                child.send_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    with subprocess.Popen(command, cwd=ROOT, preexec_fn=end_with_parent) as child:  # noqa: S603
        children.append(child)
        if received:  # Before there was a child to tell.
            child.send_signal(signal.SIGINT)
        code = child.wait()
    return code, received[0] if received else 0
