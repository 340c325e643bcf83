"""What a check is given, and how it says that it could not measure."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from readiness.check import CheckResult, Outcome
from readiness.settings import Settings

__all__ = [
    "Check",
    "Context",
    "Scope",
    "blocked",
]


class Scope(StrEnum):
    """How much is looked at: a sample of everything within minutes, or everything."""

    QUICK = "quick"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run, as its checks see it.

    `root` is the checkout under judgement; `database_url` names a PostgreSQL server on which
    scratch databases may be made; `folder` takes logs and other evidence. With `profile` bots are
    profiled, too.
    """

    root: Path
    settings: Settings
    scope: Scope
    dry_run_duration_s: int
    database_url: str = field(repr=False)  # It holds a password.
    folder: Path
    profile: bool = False

    @property
    def deadline_s(self) -> int:
        """How long one check may take; a dry run's own duration comes on top."""
        deadlines = self.settings.deadlines
        quick = self.scope is Scope.QUICK
        usual = deadlines.quick_check_s if quick else deadlines.full_check_s
        return usual + self.dry_run_duration_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the report, and what measures it; None while nothing does."""

    name: str
    is_critical: bool
    run: Callable[[Check, Context], Awaitable[CheckResult]] | None


def blocked(check: Check, reason: str | BaseException) -> CheckResult:
    """The result of a check that could not measure; of an exception, its trace follows."""
    if isinstance(reason, BaseException):
        trace = "".join(traceback.format_exception(reason)).strip()
        reason = f"{type(reason).__name__}: {str(reason) or 'no message'}\n{trace}"
    return CheckResult(
        name=check.name, outcome=Outcome.BLOCKED, is_critical=check.is_critical, reason=reason
    )
