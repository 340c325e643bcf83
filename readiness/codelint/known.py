"""Known findings: a file with what a team has seen already, so that only new findings fail.

The file counts findings by fingerprint, which does not change when lines move.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from readiness.check import Finding
from readiness.codelint.sarif import fingerprint

__all__ = ["KnownFileError", "new_findings", "read_known", "write_known"]


class KnownFileError(ValueError):
    """The file of known findings cannot be read as such."""


def read_known(path: Path) -> Counter[str]:
    """Counts by fingerprint.

    Raises KnownFileError when the file is missing or is not such a file.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise KnownFileError(f"{path}: {error.strerror}; write one with --write-known") from error
    except ValueError as error:
        raise KnownFileError(f"{path}: not JSON ({error}); write it with --write-known") from error
    counts = content.get("known") if isinstance(content, dict) else None
    if not isinstance(counts, dict) or not all(isinstance(n, int) for n in counts.values()):
        raise KnownFileError(f"{path}: expected an object with counts under 'known'")
    return Counter(counts)


def write_known(path: Path, findings: Iterable[Finding]) -> None:
    """Write every finding as known."""
    counts = Counter(fingerprint(finding) for finding in findings)
    content = {"version": 1, "known": dict(sorted(counts.items()))}
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def new_findings(findings: Iterable[Finding], known: Counter[str]) -> list[Finding]:
    """The findings beyond those that are known, in order."""
    left = Counter(known)
    fresh: list[Finding] = []
    for finding in findings:
        mark = fingerprint(finding)
        if left[mark] > 0:
            left[mark] -= 1
        else:
            fresh.append(finding)
    return fresh
