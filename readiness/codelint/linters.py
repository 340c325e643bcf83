"""Findings of ruff and mypy where they are installed, marked as theirs, without doubles.

Off unless asked for: they cost seconds, and what they know of asynchronous code is known here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from readiness.check import Finding, Location, Severity

__all__ = ["outside_findings"]

_RUFF_RULES = "ASYNC,RUF006,B,S,E722,BLE001,PLE"
_TIMEOUT_S = 120
_MYPY_LINE = re.compile(
    r"^(?P<path>[^:]+):(?P<line>\d+): error: (?P<message>.*?)\s+\[(?P<code>[\w-]+)\]$"
)
# What another tool says of the same line under another name is the same finding.
_SAME = {
    "D05": {"ASYNC251"},
    "D06": {"ASYNC210", "ASYNC212"},
    "D11": {"ASYNC230"},
    "D12": {"ASYNC240"},
    "D13": {"ASYNC220", "ASYNC221", "ASYNC222"},
    "D17": {"RUF006", "unused-awaitable"},
    "D19": {"RUF006", "unused-awaitable"},
    "D20": {"E722"},
    "D22": {"BLE001"},
    "D01": {"unused-coroutine", "unused-awaitable"},
    "D03": {"truthy-bool"},
    "D04": {"unused-coroutine", "unused-awaitable"},
    "D44": {"ASYNC240"},
    "M07": {"S301"},
    "S09": {"S608"},
    "T10": {"S113"},
    "T17": {"S110", "BLE001"},
}


def outside_findings(root: Path, ours: Iterable[Finding]) -> list[Finding]:
    """What ruff and mypy add; [] where neither is installed or answers in time."""
    known = {
        (f.location.path, f.location.line, code)
        for f in ours
        if f.location is not None
        for code in _SAME.get(f.rule_id, ())
    }
    found = [*_ruff(root), *_mypy(root)]
    return [
        finding
        for finding in found
        if finding.location is not None
        and (finding.location.path, finding.location.line, finding.rule_id) not in known
    ]


def _run(command: list[str], root: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command of an installed tool, no shell.
            command, cwd=root, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _tool(name: str) -> str | None:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def _ruff(root: Path) -> list[Finding]:
    tool = _tool("ruff")
    if tool is None:
        return []
    command = [tool, "check", "--isolated", "--preview", "--no-cache", "--exit-zero"]
    text = _run([*command, "--select", _RUFF_RULES, "--output-format", "json", "."], root)
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        return []
    found = []
    for row in rows:
        path = Path(row["filename"])
        shown = path.relative_to(root.resolve()) if path.is_absolute() else path
        place = Location(
            path=shown.as_posix(),
            line=row["location"]["row"],
            end_line=row["end_location"]["row"],
        )
        found.append(_finding(row.get("code") or "ruff", row["message"], place, "ruff"))
    return found


def _mypy(root: Path) -> list[Finding]:
    tool = _tool("mypy")
    if tool is None:
        return []
    command = [tool, "--no-error-summary", "--no-incremental", "--ignore-missing-imports"]
    command += ["--check-untyped-defs", "--enable-error-code", "unused-awaitable"]
    text = _run([*command, "--enable-error-code", "truthy-bool", "--config-file", "", "."], root)
    found = []
    for line in text.splitlines():
        match = _MYPY_LINE.match(line)
        if match is not None and match["code"] in {
            "unused-coroutine",
            "unused-awaitable",
            "truthy-bool",
            "attr-defined",
            "call-arg",
        }:
            at = int(match["line"])
            place = Location(path=Path(match["path"]).as_posix(), line=at, end_line=at)
            found.append(_finding(match["code"], match["message"], place, "mypy"))
    return found


def _finding(code: str, message: str, place: Location, source: str) -> Finding:
    return Finding(
        rule_id=code,
        severity=Severity.LOW,
        message=message,
        fix=f"See the documentation of {source} for {code}.",
        location=place,
        source=source,
    )
