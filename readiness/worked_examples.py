"""Tests as evidence: worked examples with independent answers, run as a process of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from readiness.check import Evidence
from readiness.context import Context
from readiness.processes import run_program

__all__ = ["Proof", "proven"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the tests said last, as evidence; `failure` says how they ended, empty where they hold.

    Tests that are not there end with a failure too: they prove nothing.
    """

    evidence: Evidence
    failure: str


async def proven(context: Context, what: str, paths: Sequence[str], log: str) -> Proof:
    """Run the tests in `paths` of the checkout; their words go to `log` in the evidence folder.

    Raises DeadlinePassed.
    """
    command = [sys.executable, "-m", "pytest", "-q", *paths]
    file = context.folder / log
    finished = await run_program(
        command, folder=context.root, log=file, deadline_s=context.deadline_s
    )
    said = await asyncio.to_thread(_last_line, file)
    failure = "" if finished.exit_code == 0 else f"{what} ended with {finished.exit_code}: {said}"
    source = " ".join(["python3", *command[1:]])
    return Proof(evidence=Evidence(what=what, measured=said, source=source), failure=failure)


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else "nothing was said"
