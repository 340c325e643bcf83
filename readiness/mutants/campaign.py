"""Many trials, several at a time: which mutants are caught, and which survive.

Before and after its mutants a check's form is tried on the unchanged tree: one that complains
there, or is blocked, would seem to catch everything, so it is refused.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from readiness.check import FindingKind
from readiness.mutants.fingerprint import fingerprint
from readiness.mutants.kept import Ledger
from readiness.mutants.mutant import Edit, Fate, Mutant, Origin, Tried, fate_of
from readiness.mutants.rules import Rules, mutants_of
from readiness.mutants.tree import changed, copy_tree, edited, read_source
from readiness.mutants.trial import Answer, ask, get_warm

__all__ = ["NotClean", "Result", "run_campaign"]

Tell = Callable[[Tried], object]


class NotClean(Exception):
    """A check complains about the unchanged tree; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of the mutants of one check."""

    check: str
    tried: tuple[Tried, ...]

    @property
    def caught(self) -> int:
        """How many turned the verdict."""
        return sum(each.fate.is_caught for each in self.tried)

    @property
    def drawn(self) -> int:
        """How many nobody chose."""
        return sum(each.mutant.origin is Origin.DRAWN for each in self.tried)

    @property
    def survivors(self) -> tuple[Tried, ...]:
        """Those that nobody would have seen, for all that is known."""
        return tuple(each for each in self.tried if not each.fate.is_caught)


def run_campaign(
    root: Path,
    rules: Sequence[Rules],
    *,
    seed: int,
    jobs: int,
    sample: int | None = None,
    tell: Tell = bool,
    ledger: Ledger | None = None,
) -> list[Result]:
    """Try every mutant of these checks, or `sample` of all of them, drawn by the same seed.

    With a ledger what it holds already is not tried again, and each trial is written down at once.
    Raises NotClean, and EditRefused for a mutant that does not fit the tree any more.
    """
    get_warm()
    with ExitStack() as stack:
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for _ in range(jobs):
            folder = stack.enter_context(TemporaryDirectory(prefix="mutants-"))
            trees.put(copy_tree(root, Path(folder) / "tree"))
        tree = trees.get()
        chosen = {each.check: _mutants(each, tree, seed, ledger) for each in rules}
        marks = {each.check: fingerprint(each, tree) for each in rules} if ledger else {}
        trees.put(tree)
        if sample is not None:
            everyone = [mutant for mutants in chosen.values() for mutant in mutants]
            some = Random(f"sample {seed}").sample(  # noqa: S311 (chance that repeats)
                everyone, min(sample, len(everyone))
            )
            chosen = {name: [one for one in some if one.check == name] for name in chosen}
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        results = []
        for each in rules:
            mutants = chosen[each.check]
            known = ledger.begin(each.check, marks[each.check], seed, mutants) if ledger else []
            note = (tell,) if ledger is None else (ledger.note, tell)
            work = _Work(rules=each, trees=trees, pool=pool, tell=note)
            try:
                tried = {one.mutant.name: one for one in (*known, *work.try_all(mutants, known))}
            except NotClean:
                if ledger is not None:
                    ledger.take_back(each.check)
                raise
            results.append(
                Result(check=each.check, tried=tuple(tried[one.name] for one in mutants))
            )
    return results


def _mutants(rules: Rules, tree: Path, seed: int, ledger: Ledger | None) -> list[Mutant]:
    """Those of one check; one that does not fit is refused now, not after an hour of trials."""
    before = ledger.drawn(rules.check, seed) if ledger is not None else ()
    found = list(mutants_of(rules, tree, seed, before))
    for edit in (edit for mutant in found for edit in mutant.edits):
        edited(read_source(tree, edit), edit)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The trials of one check, on as many trees as there are."""

    rules: Rules
    trees: queue.SimpleQueue[Path]
    pool: ThreadPoolExecutor
    tell: tuple[Tell, ...]

    def try_all(self, mutants: Sequence[Mutant], known: Sequence[Tried]) -> list[Tried]:
        """Those that are not known. What told nothing is tried once more, alone, by its own time:
        a busy machine must decide nothing."""
        names = {one.mutant.name for one in known}
        waiting = [one for one in mutants if one.name not in names]
        ways = sorted({one.options for one in waiting})
        for options in ways:
            self._prove_clean(options)
        first = list(self.pool.map(self._first, waiting))
        again = [one for one in waiting if one.name not in {t.mutant.name for t in first if t}]
        done = [tried for tried in first if tried]
        done += [self._told(self._tried(mutant, alone=True)) for mutant in again]
        for options in ways:
            self._prove_clean(options)
        return done

    def _first(self, mutant: Mutant) -> Tried | None:
        """None where the form found nothing out."""
        tried = self._tried(mutant, alone=False)
        is_told = tried.fate in (Fate.CAUGHT, Fate.SURVIVED)
        return self._told(tried) if is_told else None

    def _told(self, tried: Tried) -> Tried:
        for tell in self.tell:
            tell(tried)
        return tried

    def _prove_clean(self, options: tuple[str, ...]) -> None:
        check = self.rules.check
        answer = self._ask((), options, alone=True)
        failing = [each for each in answer.findings if each.kind is FindingKind.FAIL]
        if answer.broke or failing:
            said = answer.broke or failing[0].message
            told = f"{check} {' '.join(options)} is not clean on the unchanged tree: {said}"
            raise NotClean(told)

    def _tried(self, mutant: Mutant, *, alone: bool) -> Tried:
        answer = self._ask(mutant.edits, mutant.options, alone=alone)
        if answer.broke:
            fate, said = Fate.UNDECIDED if answer.is_lost else Fate.BLOCKED, answer.broke
        else:
            fate, said = fate_of(mutant, list(answer.findings))
        return Tried(mutant=mutant, fate=fate, said=said, cpu_s=answer.cpu_s)

    def _ask(self, edits: Sequence[Edit], options: Sequence[str], *, alone: bool) -> Answer:
        tree = self.trees.get()
        try:
            with changed(tree, edits):
                deadline_s = float(self.rules.deadline_s)
                return ask(self.rules.check, tree, options, deadline_s, by_cpu=alone)
        finally:
            self.trees.put(tree)
