"""What changed since the last report: new, fixed, still open, and what can no longer be judged.

Reports are kept in folders of their own. Only checks that both runs carried out are compared, and a
check that is BLOCKED now proves no earlier issue fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from readiness.check import CheckResult, FindingKind, Outcome
from readiness.codelint.sarif import without_numbers

__all__ = ["FORMAT", "FORMAT_VERSION", "Comparison", "EarlierReport", "compare", "last_report"]

FORMAT = "bot-trading-readiness"
FORMAT_VERSION = 1
LOOKED_AT = 30  # Older reports than these many are not asked for one that can be read.


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Issues by what became of them since the report that ended at `since`, in that folder."""

    since: str
    folder: str
    new: tuple[str, ...]
    fixed: tuple[str, ...]
    still_open: tuple[str, ...]
    undecided: tuple[str, ...]


class _Place(msgspec.Struct, frozen=True):
    path: str


class _Finding(msgspec.Struct, frozen=True):
    rule_id: str
    message: str
    kind: str
    location: _Place | None = None


class _Result(msgspec.Struct, frozen=True):
    name: str
    outcome: Outcome
    findings: tuple[_Finding, ...]


class _Document(msgspec.Struct, frozen=True):
    format: str
    version: int
    ended_at: str
    results: tuple[_Result, ...]
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierReport:
    """What is needed of an earlier report: each check's outcome and open issues, by their mark."""

    ended_at: str
    folder: Path
    outcomes: dict[str, Outcome]
    issues: dict[tuple[str, ...], str]
    system: str = ""


def last_report(*folders: Path, system: str = "") -> EarlierReport | None:
    """The report that ended last among these folders and those directly in them, None without one.

    Only reports of the same `system` count: the file that names it, "" for the bundled one.
    A file that is no report of this format is passed over: it says nothing about this system.
    """
    files = {file for folder in folders for file in _report_files(folder)}
    newest = sorted(files, key=_changed, reverse=True)[:LOOKED_AT]
    read = [report for file in newest if (report := _read(file)) is not None]
    found = [report for report in read if report.system == system]
    return max(found, key=lambda report: report.ended_at, default=None)


def compare(earlier: EarlierReport, results: tuple[CheckResult, ...]) -> Comparison:
    """Sort the issues of both reports; the same issue keeps its mark when its numbers change."""
    now = {mark: said for result in results for mark, said in _issues(result)}
    judged = {result.name for result in results if result.outcome is not Outcome.BLOCKED}
    run = {result.name for result in results}
    before = {mark: said for mark, said in earlier.issues.items() if mark[0] in run}
    gone = {mark: said for mark, said in before.items() if mark not in now}
    return Comparison(
        since=earlier.ended_at,
        folder=str(earlier.folder),
        new=tuple(
            said for mark, said in now.items() if mark not in before and mark[0] in earlier.outcomes
        ),
        fixed=tuple(said for mark, said in gone.items() if mark[0] in judged),
        still_open=tuple(said for mark, said in now.items() if mark in before),
        undecided=tuple(said for mark, said in gone.items() if mark[0] not in judged),
    )


def _report_files(folder: Path) -> Iterator[Path]:
    yield from (file for file in (folder / "report.json",) if file.is_file())
    yield from folder.glob("*/report.json")


def _changed(file: Path) -> int:
    """When the file was written last; 0 for one that has vanished meanwhile."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _read(file: Path) -> EarlierReport | None:
    try:
        document = msgspec.json.decode(file.read_bytes(), type=_Document)
    except (OSError, msgspec.DecodeError):
        return None
    if (document.format, document.version) != (FORMAT, FORMAT_VERSION):
        return None
    return EarlierReport(
        ended_at=document.ended_at,
        system=document.system,
        folder=file.parent,
        outcomes={result.name: result.outcome for result in document.results},
        issues={mark: said for result in document.results for mark, said in _issues(result)},
    )


def _issues(result: CheckResult | _Result) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is open in one check, with what stays the same when lines and counts change."""
    if result.outcome is Outcome.BLOCKED:
        yield (result.name, "BLOCKED"), f"{result.name} could not be judged"
    for found in result.findings:
        if found.kind != FindingKind.INFORMATIONAL:
            path = found.location.path if found.location else ""
            mark = (result.name, found.rule_id, path, without_numbers(found.message))
            yield mark, f"{result.name}: {found.message}"
