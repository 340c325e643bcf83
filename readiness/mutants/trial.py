"""One trial: the form of a check on a changed tree, in a process of its own.

Processes are forked from a server that has imported the heavy libraries already, so that a trial
costs what its check costs. Our own modules come from the tree. Nothing of a trial is left behind:
the group of its processes is ended when it is over or too late.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import psutil

from readiness.check import Finding

__all__ = ["Answer", "ask", "get_warm"]

OURS = ("bot_trading", "exchange_simulator", "readiness", "legacy_v2", "migration", "tests")
_HEAVY = (
    *("numpy", "numba", "scipy.stats", "pandas", "lightgbm", "pydantic", "sqlalchemy", "asyncpg"),
    *("structlog", "aiohttp", "picows", "msgspec", "networkx", "pytest", "typer"),
)
PR_SET_PDEATHSIG = 1  # Linux, prctl(2).
_fork = get_context("forkserver")


class _Told(msgspec.Struct, frozen=True):
    """What a trial sends back: findings, or what broke it; and its processor time."""

    findings: tuple[Finding, ...] = ()
    broke: str = ""
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a form found; `broke` says why it could not measure, empty when it could.

    `is_lost` where the form did not say so itself: its process died, or ran past its deadline.
    """

    findings: tuple[Finding, ...]
    broke: str
    cpu_s: float
    is_lost: bool = False


def get_warm() -> None:
    """Let the server of processes import what every form needs; before the first trial."""
    _fork.set_forkserver_preload([*_HEAVY, __name__])


def ask(
    check: str, tree: Path, options: Sequence[str], deadline_s: float, *, by_cpu: bool = False
) -> Answer:
    """The form of this check on this tree, within the deadline.

    `by_cpu` counts the processor time of the trial, which a busy machine does not take from it;
    one that sleeps is late after three times as long.
    """
    ours, theirs = _fork.Pipe(duplex=False)
    process = _fork.Process(target=_try, args=(theirs, check, str(tree), tuple(options)))
    process.start()
    theirs.close()
    began_s = time.monotonic()
    try:
        late = _wait(ours, process.pid, deadline_s) if by_cpu else not ours.poll(deadline_s)
        if late:
            return _lost(f"it did not end within {deadline_s:g} s")
        told = msgspec.json.decode(ours.recv_bytes(), type=_Told)
    except EOFError:
        lived_s = time.monotonic() - began_s
        return _lost(f"its process died after {lived_s:.0f} s")
    finally:
        ours.close()
        _end(process.pid)
        process.join()
    return Answer(findings=told.findings, broke=told.broke, cpu_s=told.cpu_s)


def _lost(why: str) -> Answer:
    return Answer(findings=(), broke=why, cpu_s=0.0, is_lost=True)


def _wait(channel: Connection, pid: int | None, deadline_s: float) -> bool:
    """True when the trial used up its processor time, or slept, before it told anything."""
    latest_s = time.monotonic() + 3 * deadline_s
    while not channel.poll(1.0):
        if time.monotonic() > latest_s or _used_s(pid) > deadline_s:
            return True
    return False


def _used_s(pid: int | None) -> float:
    """Processor time of a process and of what it started; what has ended meanwhile tells none."""
    used_s = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                used_s += sum(each.cpu_times()[:4])
    return used_s


def _end(pid: int | None) -> None:
    """The trial's whole group, which it leads."""
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _try(channel: Connection, check: str, tree: str, options: tuple[str, ...]) -> None:
    """In the process of the trial."""
    os.setsid()
    if sys.platform == "linux":  # A trial ends with whoever wanted it, also when that is killed.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.chdir(tree)
    sys.path.insert(0, tree)
    sys.dont_write_bytecode = True
    os.environ.update(PYTHONPATH=tree, PYTHONDONTWRITEBYTECODE="1")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    for name in [each for each in sys.modules if each.split(".")[0] in OURS]:
        del sys.modules[name]
    try:
        from readiness.mutants import forms  # Now that the tree comes first.

        told = b'{"findings":' + forms.answer(check, options) + b',"cpu_s":%f}' % _cpu_s()
    # Whatever a changed tree raises is the check's own end: it could not measure.
    except BaseException as error:
        broke = f"{type(error).__name__}: {error}"[:300]
        told = msgspec.json.encode(_Told(broke=broke, cpu_s=_cpu_s()))
        channel.send_bytes(told)
        raise
    channel.send_bytes(told)


def _cpu_s() -> float:
    """Processor time of this process and of those that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)
