"""Programs are run to their end or their deadline, and nothing of them stays."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from readiness.processes import DeadlinePassed, run_program

PARENT_OF_A_SLEEPER = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True)\n"
)


def _runs(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _said(log: Path) -> str:
    return log.read_text() if log.exists() else ""


async def _until_said(log: Path) -> int:
    """The number that the program prints first."""
    while not (said := _said(log)).strip():  # noqa: ASYNC110 (a file has no event to wait for)
        await asyncio.sleep(0.01)
    return int(said.split()[0])


async def test_output_and_exit_code_are_kept(tmp_path: Path) -> None:
    """Both streams go to the log, in the folder that was asked for, with the added variables."""
    code = (
        "import os, sys; print(os.getcwd(), os.environ['ADDED'], flush=True); "
        "sys.exit('last words')"
    )
    finished = await run_program(
        [sys.executable, "-c", code],
        folder=tmp_path,
        log=tmp_path / "log",
        deadline_s=60,
        environ={"ADDED": "seen"},
    )
    assert finished.exit_code == 1
    assert (tmp_path / "log").read_text() == f"{tmp_path} seen\nlast words\n"
    assert finished.last_words(1) == "last words"


async def test_a_late_program_is_ended_with_its_children(tmp_path: Path) -> None:
    """At the deadline the whole group ends, and the message holds what was said last."""
    code = PARENT_OF_A_SLEEPER + "time.sleep(600)"
    with pytest.raises(DeadlinePassed, match=r"did not end within 2 s; it said last: \d+"):
        await run_program(
            [sys.executable, "-c", code], folder=tmp_path, log=tmp_path / "log", deadline_s=2
        )
    assert not _runs(await _until_said(tmp_path / "log"))


async def test_what_a_program_leaves_behind_is_ended(tmp_path: Path) -> None:
    """A program that ends before its own children does not leave them running."""
    finished = await run_program(
        [sys.executable, "-c", PARENT_OF_A_SLEEPER],
        folder=tmp_path,
        log=tmp_path / "log",
        deadline_s=60,
    )
    assert finished.exit_code == 0
    assert not _runs(await _until_said(tmp_path / "log"))


async def test_cancelling_the_caller_ends_the_program(tmp_path: Path) -> None:
    """Ctrl-C during a verification reaches the program, and the cancellation goes on."""
    code = PARENT_OF_A_SLEEPER + "time.sleep(600)"
    running = asyncio.create_task(
        run_program(
            [sys.executable, "-c", code], folder=tmp_path, log=tmp_path / "log", deadline_s=60
        )
    )
    child = await _until_said(tmp_path / "log")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _runs(child)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a death")
async def test_a_killed_verifier_interrupts_its_program(tmp_path: Path) -> None:
    """After SIGKILL of the caller the program is interrupted, so that it can clean up."""
    waits = (
        "import os, time\n"
        "try:\n    print(os.getpid(), flush=True)\n    time.sleep(600)\n"
        "except KeyboardInterrupt: print('cleaned up', flush=True)\n"
    )
    caller = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from readiness.processes import run_program\n"
        "asyncio.run(run_program([sys.executable, '-c', sys.argv[1]], folder=Path('.'),"
        " log=Path(sys.argv[2]), deadline_s=60))\n"
    )
    log = tmp_path / "log"
    with subprocess.Popen([sys.executable, "-c", caller, waits, str(log)]) as process:  # noqa: S603, ASYNC220
        child = await _until_said(log)
        os.kill(process.pid, signal.SIGKILL)
    while _runs(child):  # noqa: ASYNC110 (nor has a stranger's process)
        await asyncio.sleep(0.01)
    assert _said(log).endswith("cleaned up\n")


async def test_a_missing_program_is_an_error(tmp_path: Path) -> None:
    """What cannot be started is not taken for something that ended."""
    with pytest.raises(FileNotFoundError):
        await run_program(["/no/such/program"], folder=tmp_path, log=tmp_path / "log", deadline_s=5)
