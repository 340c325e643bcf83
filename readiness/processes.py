"""Runs another program to its end or its deadline, and ends everything that it started."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["DeadlinePassed", "Finished", "end_group", "end_with_parent", "run_program"]

PATIENCE_S = 10.0  # Between asking a program to end, telling it, and ending it.
PR_SET_PDEATHSIG = 1  # Linux, prctl(2): the signal that a child gets when its parent dies.


class DeadlinePassed(Exception):
    """The program did not end in time and was ended; the message says what it said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended: its exit code, and the file with everything that it said."""

    exit_code: int
    log: Path

    def last_words(self, lines: int = 12) -> str:
        """The end of what it said."""
        return "\n".join(self.log.read_text("utf-8", "replace").strip().splitlines()[-lines:])


async def run_program(
    arguments: Sequence[str],
    *,
    folder: Path,
    log: Path,
    deadline_s: float,
    environ: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program in `folder`, its output in `log`. Raises DeadlinePassed and OSError.

    It gets a process group of its own, which is ended when the deadline passes or the caller is
    cancelled; on Linux it is also interrupted when this process is killed.
    """
    # codelint: ok D12 because opening a local file once per program is shorter than starting it
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=folder,
            env={**os.environ, **(environ or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    try:
        async with asyncio.timeout(deadline_s):
            exit_code = await process.wait()
    except TimeoutError:
        said = await asyncio.to_thread(Finished(exit_code=-1, log=log).last_words, 3)
        raise DeadlinePassed(
            f"did not end within {deadline_s:.0f} s; it said last: {said}"
        ) from None
    finally:
        await asyncio.shield(end_group(process))
    return Finished(exit_code=exit_code, log=log)


def end_with_parent() -> None:
    """In a child, before its program begins: ask for an interrupt when the parent is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


async def end_group(
    process: asyncio.subprocess.Process,
    signals: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL),
) -> signal.Signals | None:
    """End what lives of the program's group, by these signals in turn; the one that it took.

    None means that nothing lived any more.
    """
    last = None
    for number in signals:
        if not _lives(process.pid):
            break
        last = number
        os.killpg(process.pid, number)
        for _ in range(int(PATIENCE_S / 0.05)):
            await asyncio.sleep(0.05)
            if not _lives(process.pid):
                break
    await process.wait()
    return last


def _lives(group: int) -> bool:
    """Does anything of this process group still run? What is dead but not yet buried does not."""
    for process in psutil.process_iter(["status"]):
        try:
            if os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                return True
        except ProcessLookupError:
            continue
    return False
