"""Opens one of the verifier's command lines, so that every way to end has its own exit code.

0, 1 and 2 are verdicts. Everything else ends with 3: an option that is refused, a part that
cannot be imported, an exception that nobody expected.
"""

from __future__ import annotations

import os
import sys
import traceback
from types import TracebackType

__all__ = ["COULD_NOT_RUN", "VerdictReached", "open_door"]

COULD_NOT_RUN = 3


class VerdictReached(SystemExit):
    """Ends the process with a verdict's exit code, which no refused option may be taken for."""


def open_door(command: str) -> None:
    """Run `command` of `readiness.cli` with this process's arguments; does not return."""
    sys.excepthook = _could_not_run
    import typer.main

    from readiness import cli

    app = typer.Typer(add_completion=False)
    app.command()(getattr(cli, command))
    program = typer.main.get_command(app)  # Called directly, typer would take the hook back.
    try:
        program()
    except VerdictReached:
        raise
    except SystemExit as ended:
        sys.exit(COULD_NOT_RUN if ended.code else 0)


def _could_not_run(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """The last word on an exception that nobody caught: its trace, and no verdict's code."""
    traceback.print_exception(kind, error, trace)
    sys.stderr.write("could not run: this is a defect of the verifier, shown above\n")
    sys.stderr.flush()
    os._exit(COULD_NOT_RUN)  # Python itself would end with 1, which means NEEDS_FIXES.
