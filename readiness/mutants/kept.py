"""The power of checks as measured last: written trial by trial, read by the verdict.

A trial belongs to its check and to its mutant, by the fingerprints of both. One that belongs to
another check or mutant says nothing about these, and does not count.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

import msgspec

from readiness.check import Recall
from readiness.mutants.fingerprint import fingerprint
from readiness.mutants.mutant import Fate, Mutant, Origin, Tried
from readiness.mutants.rules import Rules, RulesRefused, mutants_of, read_rules
from readiness.verdict import Kept

__all__ = ["FILE", "Ledger", "Measured", "Trial", "kept_powers", "read_measured"]

FILE = Path("readiness/mutants/measured.json")
AGAIN = "run `make mutants` to measure it"
VERSION = 2


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of one mutant; `mark` is the mutant's digest."""

    mark: str
    fate: Fate
    said: str
    cpu_s: float


class Measured(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The trials of one check, by the names of their mutants; `drawn` names what the seed drew."""

    seed: int
    fingerprint: str
    drawn: tuple[str, ...] = ()
    trials: dict[str, Trial] = {}


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    checks: dict[str, Measured]


def read_measured(root: Path) -> dict[str, Measured]:
    """What was measured, by check; {} without a file. Raises RulesRefused for one of no use."""
    file = root / FILE
    if not file.is_file():
        return {}
    try:
        found = msgspec.json.decode(file.read_bytes(), type=_File)
    except msgspec.DecodeError as error:
        raise RulesRefused(f"{file}: {error}; {AGAIN}") from error
    if found.version != VERSION:
        raise RulesRefused(f"{file} has version {found.version}, expected {VERSION}; {AGAIN}")
    return found.checks


class Ledger:
    """The file of a checkout while a campaign runs: each trial is in it as soon as it is over.

    What an earlier campaign decided about the same check and the same mutant is not tried again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = Lock()
        self._new: dict[str, set[str]] = {}
        read_measured(root)

    def drawn(self, check: str, seed: int) -> frozenset[str]:
        """The places that this seed drew before."""
        found = read_measured(self._root).get(check)
        return frozenset(found.drawn if found is not None and found.seed == seed else ())

    def begin(self, check: str, mark: str, seed: int, mutants: Sequence[Mutant]) -> list[Tried]:
        """Strike what is of another check or mutant, or undecided; what is left, as if tried."""
        with self._lock:
            measured = read_measured(self._root)
            found = measured.get(check)
            before = found.trials if found is not None and found.fingerprint == mark else {}
            valid = {
                each.name: trial
                for each in mutants
                if (trial := _trial_of(each, before)) and trial.fate is not Fate.UNDECIDED
            }
            measured[check] = Measured(
                seed=seed,
                fingerprint=mark,
                drawn=tuple(each.name for each in mutants if each.origin is Origin.DRAWN),
                trials=valid,
            )
            self._write(measured)
        return [
            Tried(mutant=each, fate=kept.fate, said=kept.said, cpu_s=kept.cpu_s)
            for each in mutants
            if (kept := valid.get(each.name)) is not None
        ]

    def note(self, tried: Tried) -> None:
        """Write one trial down."""
        mutant = tried.mutant
        trial = Trial(
            mark=mutant.mark, fate=tried.fate, said=tried.said, cpu_s=round(tried.cpu_s, 1)
        )
        with self._lock:
            measured = read_measured(self._root)
            measured[mutant.check].trials[mutant.name] = trial
            self._new.setdefault(mutant.check, set()).add(mutant.name)
            self._write(measured)

    def take_back(self, check: str) -> None:
        """Strike the trials of this campaign: the check turned out not to be clean."""
        with self._lock:
            measured = read_measured(self._root)
            for name in self._new.pop(check, set()):
                measured[check].trials.pop(name, None)
            self._write(measured)

    def _write(self, measured: Mapping[str, Measured]) -> None:
        """At once or not at all: a campaign may be ended at any time."""
        file = self._root / FILE
        written = msgspec.json.encode(
            _File(version=VERSION, checks=dict(measured)), order="deterministic"
        )
        new = file.with_suffix(".new")
        new.write_bytes(msgspec.json.format(written, indent=1) + b"\n")
        os.replace(new, file)


def kept_powers(root: Path, rules: Mapping[str, Rules] | None = None) -> dict[str, Kept]:
    """What the verdict may use of each check, or why it may not."""
    if not (root / FILE).is_file():
        return {}
    try:
        known = read_rules() if rules is None else rules
        measured = read_measured(root)
    except RulesRefused:
        return {}
    return {name: _kept(found, known.get(name), root) for name, found in measured.items()}


def _kept(found: Measured, rules: Rules | None, root: Path) -> Kept:
    """Mutants that were not tried, or undecided, were not seen: they stay among the seeded."""
    try:
        if rules is None or fingerprint(rules, root) != found.fingerprint:
            raise RulesRefused("the check has changed since")
        mutants = list(mutants_of(rules, root, found.seed, found.drawn))
    except (RulesRefused, OSError, ValueError):
        return Kept(recall=None, source=f"its power was measured on other source: {AGAIN}")
    fates = [trial.fate for each in mutants if (trial := _trial_of(each, found.trials))]
    if not fates:
        return Kept(recall=None, source=f"none of its mutants was tried: {AGAIN}")
    recall = Recall(caught=sum(fate.is_caught for fate in fates), seeded=len(mutants))
    source = f'by `python -m readiness.mutants --check "{rules.check}" --seed {found.seed} --keep`'
    if left := len(mutants) - sum(fate is not Fate.UNDECIDED for fate in fates):
        source += f", {left} of them not tried or undecided"
    return Kept(recall=recall, source=source)


def _trial_of(mutant: Mutant, trials: Mapping[str, Trial]) -> Trial | None:
    trial = trials.get(mutant.name)
    return trial if trial is not None and trial.mark == mutant.mark else None
