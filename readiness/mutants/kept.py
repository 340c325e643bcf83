"""The power of checks as measured last: written by the command, read by the verdict.

A measurement belongs to the source of its check and to its mutants, by their fingerprint. One that
belongs to another source says nothing about this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from readiness.check import Recall
from readiness.mutants.campaign import Result
from readiness.mutants.rules import Rules, RulesRefused, fingerprint, read_rules
from readiness.verdict import Kept

__all__ = ["FILE", "Measured", "keep", "kept_powers", "read_measured"]

FILE = Path("readiness/mutants/measured.json")
AGAIN = "run `make mutants` to measure it"


class Measured(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run came to for one check; `survivors` are named, and `command` sees them again."""

    caught: int
    seeded: int
    drawn: int
    seed: int
    fingerprint: str
    command: str
    survivors: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    checks: dict[str, Measured]


def read_measured(root: Path) -> dict[str, Measured]:
    """What was measured, by check; {} without a file. Raises RulesRefused for one of no use."""
    file = root / FILE
    if not file.is_file():
        return {}
    try:
        return msgspec.json.decode(file.read_bytes(), type=_File).checks
    except msgspec.DecodeError as error:
        raise RulesRefused(f"{file}: {error}; {AGAIN}") from error


def keep(root: Path, results: Sequence[Result], rules: Mapping[str, Rules], seed: int) -> None:
    """Write these results beside those of the other checks."""
    checks = read_measured(root)
    for result in results:
        checks[result.check] = Measured(
            caught=result.caught,
            seeded=len(result.tried),
            drawn=result.drawn,
            seed=seed,
            fingerprint=fingerprint(rules[result.check], root),
            command=f'python -m readiness.mutants --check "{result.check}" --seed {seed} --keep',
            survivors=tuple(sorted(each.mutant.name for each in result.survivors)),
        )
    written = msgspec.json.encode(_File(version=1, checks=dict(sorted(checks.items()))))
    (root / FILE).write_bytes(msgspec.json.format(written, indent=2) + b"\n")


def kept_powers(root: Path) -> dict[str, Kept]:
    """What the verdict may use of each check, or why it may not."""
    if not (root / FILE).is_file():
        return {}
    try:
        measured, rules = read_measured(root), read_rules()
    except RulesRefused:
        return {}
    return {name: _kept(found, rules.get(name), root) for name, found in measured.items()}


def _kept(found: Measured, rules: Rules | None, root: Path) -> Kept:
    try:
        if rules is None or fingerprint(rules, root) != found.fingerprint:
            raise RulesRefused("the check or its mutants have changed since")
    except RulesRefused:
        return Kept(recall=None, source=f"its power was measured on other source: {AGAIN}")
    recall = Recall(caught=found.caught, seeded=found.seeded)
    return Kept(recall=recall, source=f"by `{found.command}`")
