"""Compiles the bot's kernels once, before the programs of many checks would all do so at a time.

In a fresh checkout nothing is compiled yet, and a kernel takes tens of seconds of processor time.
Each program of a check would spend them, for none waits for another's: more than the checks take.
"""

from __future__ import annotations

import sys
from contextlib import suppress

from readiness.context import Context
from readiness.processes import DeadlinePassed, run_program

__all__ = ["compile_kernels"]

PROGRAM = (
    "from pathlib import Path; from bot_trading.ml.manager import MLManager, default_serving; "
    "MLManager(Path('models'), default_serving())"
)


async def compile_kernels(context: Context) -> None:
    """Load the models as the bot does, in a process of its own that leaves its kernels behind.

    What cannot be compiled or loaded is for the checks to judge: nothing is raised but a
    cancellation, and `kernels.log` among the evidence holds what was said.
    """
    with suppress(DeadlinePassed, OSError):
        await run_program(
            [sys.executable, "-c", PROGRAM],
            folder=context.root,
            log=context.folder / "kernels.log",
            deadline_s=context.deadline_s,
        )
