"""The door to real money: it opens for what was verified whole, found READY, and not changed since.

The newest full report decides, so that an older and kinder one opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bot_trading.errors import LaunchError

__all__ = ["prove_ready"]

REPORT = "report.json"
FORMAT, FORMAT_VERSION = "bot-trading-readiness", 1
_VERIFY = "run ./run_migration_verification.sh, and see its verdict"


class _Verdict(msgspec.Struct, frozen=True):
    status: str


class _Report(msgspec.Struct, frozen=True):
    format: str
    version: int
    scope: str
    ended_at: datetime
    verdict: _Verdict
    system: str = ""
    release: dict[str, str] = {}


def prove_ready(
    reports: Path, release: Mapping[str, str], now: datetime, age_max: timedelta
) -> str:
    """A sentence that says on which report live trading rests.

    `reports` is the folder of reports, each in a folder of its own, or one report's file; `release`
    is what would start (see `bot_trading.release`), `now` has a time zone. Raises `LaunchError`
    with the reason and the next step.
    """
    found = _newest(reports)
    if found is None:
        raise _locked(f"no full report of this system is in {reports} to say READY", _VERIFY)
    file, report = found
    if report.verdict.status != "READY":
        raise _locked(
            f"the last full verification, {file}, ended {report.verdict.status}",
            "mend what it names, and verify again",
        )
    age = now - report.ended_at
    if not timedelta(0) <= age <= age_max:
        raise _locked(
            f"the last full verification, {file}, ended at {report.ended_at:%Y-%m-%d %H:%M %Z}, and"
            f" may be {age_max.total_seconds() / 3600:g} hours old (live.report_age_max_s)",
            _VERIFY,
        )
    changed = [part for part, digest in release.items() if report.release.get(part) != digest]
    if changed:
        raise _locked(
            f"{' and '.join(changed)} differ from what {file} verified",
            "verify what you want to start, or start what was verified",
        )
    return f"READY by {file}, {age.total_seconds() / 3600:.1f} hours ago"


def _locked(why: str, step: str) -> LaunchError:
    return LaunchError(f"live trading is locked: {why}; {step}")


def _newest(reports: Path) -> tuple[Path, _Report] | None:
    """The full report of the bundled system that ended last; what is no report is passed over."""
    files = [reports] if reports.is_file() else sorted(reports.glob(f"*/{REPORT}"))
    found = [
        (report.ended_at, file, report) for file in files if (report := _read(file)) is not None
    ]
    if not found:
        return None
    _, file, report = max(found, key=lambda each: each[:2])
    return file, report


def _read(file: Path) -> _Report | None:
    try:
        report = msgspec.json.decode(file.read_bytes(), type=_Report)
    except (OSError, msgspec.DecodeError):
        return None
    is_ours = (report.format, report.version) == (FORMAT, FORMAT_VERSION)
    if not is_ours or report.scope != "full" or report.system:
        return None
    ended_at = report.ended_at
    if ended_at.tzinfo is None:
        report = msgspec.structs.replace(report, ended_at=ended_at.replace(tzinfo=UTC))
    return report
