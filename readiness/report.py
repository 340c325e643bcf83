"""The report of one run: the user's YAML for people, and everything as JSON for machines."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import yaml

from readiness.articles import Control, Standing
from readiness.check import CheckResult, Outcome
from readiness.history import FORMAT, FORMAT_VERSION, Comparison
from readiness.verdict import Verdict

__all__ = ["FORMAT_VERSION", "Report", "as_json", "as_yaml", "usable_folder", "write_files"]

NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run: its verdict, what was looked at and when, and every result.

    `scope` is `quick`, `full`, or `partial` where only some checks were asked for. `environment`
    names what it ran on. `performance` holds, per measure, the values of v2 and v3 with units.
    `history` compares with the last report, where there is one. `controls` is the table of what
    regulation asks for; empty where the run shows nothing of it. `system` is the file that names
    the user's own system, "" for the bundled one. `release` are the digests of what was verified,
    by which live trading knows it again; empty where that changed meanwhile.
    """

    scope: str
    started_at: datetime
    ended_at: datetime
    environment: Mapping[str, str]
    verdict: Verdict
    results: tuple[CheckResult, ...]
    performance: Mapping[str, Mapping[str, str]]
    history: Comparison | None = None
    controls: tuple[Control, ...] = ()
    system: str = ""
    release: Mapping[str, str] = field(default_factory=dict)


def as_yaml(report: Report) -> str:
    """The user's format, key by key, followed by what we add: scope, what holds the confidence
    down, and one line per check.
    """
    verdict = report.verdict
    immediate = list(dict.fromkeys(issue.fix for issue in verdict.critical_issues))
    later = list(dict.fromkeys(issue.fix for issue in verdict.other_issues))
    if report.scope != "full":
        later.append("Run the full verification: only a full report can unlock live trading")
    document: dict[str, object] = {
        "migration_status": str(verdict.status),
        "risk_level": str(verdict.risk),
        "confidence": f"{verdict.confidence.percent}%",
        "critical_issues": [
            {"issue": issue.issue, "severity": str(issue.severity), "fix": issue.fix}
            for issue in verdict.critical_issues
        ],
        "performance_comparison": dict(report.performance)
        or {"signal_latency": dict.fromkeys(("v2", "v3", "improvement"), NOT_MEASURED)},
        "recommendations": {"immediate": immediate, "before_production": later},
        "scope": report.scope,
        "confidence_held_down_by": list(verdict.confidence.held_down_by),
        "checks": {result.name: _line(result) for result in report.results},
    }
    if report.controls:
        stand = Counter(str(control.standing) for control in report.controls)
        document["rts6_and_15c3_5"] = {str(one): stand[str(one)] for one in Standing}
    if report.history is not None:
        document["since_last_report"] = _changes(report.history)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def as_json(report: Report) -> str:
    """Everything that is known, under a version that changes when a reader must."""
    document = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        **asdict(report),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def usable_folder(named: Path, *, may_exist: bool) -> tuple[Path, str]:
    """The folder, made where it is missing, and "".

    Where it cannot be made or written to, a temporary one and the sentence that says so: the
    verdict must still come.
    """
    try:
        named.mkdir(parents=True, exist_ok=may_exist)
        with tempfile.TemporaryFile(dir=named):
            return named.absolute(), ""
    except OSError as error:
        folder = Path(tempfile.mkdtemp(prefix="readiness-"))
        why = error.strerror or error
        return folder, f"{named} cannot be written to ({why}): the report goes to {folder}"


def write_files(texts: Mapping[str, str], folder: Path) -> None:
    """Write these texts by file name, each whole or not at all. Raises OSError."""
    for name, text in texts.items():
        beside = folder / f".{name}.{os.getpid()}"
        beside.write_text(text, "utf-8", "replace")
        beside.replace(folder / name)


def _changes(history: Comparison) -> dict[str, object]:
    """The comparison in short; what is still open is listed above already."""
    return {
        "ended_at": history.since,
        "new": list(history.new),
        "fixed": list(history.fixed),
        "still_open": len(history.still_open),
        "undecided": list(history.undecided),
    }


def _line(result: CheckResult) -> str:
    """One check on one line."""
    took = f"{result.outcome} in {result.duration_s:.1f} s"
    if result.outcome is Outcome.BLOCKED:
        return f"{took}: {result.reason.splitlines()[0]}"
    if result.outcome is Outcome.FAILED:
        return f"{took}: {len(result.findings)} findings"
    return f"{took}: {len(result.evidence)} measured values"


def _plain(value: object) -> str:
    """Values that JSON does not know."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a report")
