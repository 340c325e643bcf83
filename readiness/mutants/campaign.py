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
from readiness.mutants.mutant import Fate, Mutant, Origin, Tried, fate_of
from readiness.mutants.rules import Rules, mutants_of
from readiness.mutants.tree import changed, copy_tree, edited, read_source
from readiness.mutants.trial import ask, get_warm

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
        """Those that nobody would have seen."""
        return tuple(each for each in self.tried if each.fate is Fate.SURVIVED)


def run_campaign(
    root: Path,
    rules: Sequence[Rules],
    *,
    seed: int,
    jobs: int,
    sample: int | None = None,
    tell: Tell = bool,
) -> list[Result]:
    """Try every mutant of these checks, or `sample` of all of them, drawn by the same seed.

    Raises NotClean, and EditRefused for a mutant that does not fit the tree any more.
    """
    get_warm()
    with ExitStack() as stack:
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for _ in range(jobs):
            folder = stack.enter_context(TemporaryDirectory(prefix="mutants-"))
            trees.put(copy_tree(root, Path(folder) / "tree"))
        deadlines = {each.check: float(each.deadline_s) for each in rules}
        tree = trees.get()
        chosen = [mutant for each in rules for mutant in mutants_of(each, tree, seed)]
        for edit in (edit for mutant in chosen for edit in mutant.edits):
            edited(read_source(tree, edit), edit)  # Refused now, not after an hour of trials.
        trees.put(tree)
        if sample is not None:
            chosen = Random(f"sample {seed}").sample(chosen, min(sample, len(chosen)))  # noqa: S311
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        clean = sorted({(each.check, each.options) for each in chosen})

        def prove(one: tuple[str, tuple[str, ...]]) -> None:
            _prove_clean(*one, trees, deadlines)

        list(pool.map(prove, clean))

        def tried(mutant: Mutant) -> Tried:
            found = _try(mutant, trees, deadlines)
            tell(found)
            return found

        done = list(pool.map(tried, chosen))
        list(pool.map(prove, clean))
    return [
        Result(check=each.check, tried=tuple(t for t in done if t.mutant.check == each.check))
        for each in rules
    ]


def _prove_clean(
    check: str,
    options: Sequence[str],
    trees: queue.SimpleQueue[Path],
    deadlines: dict[str, float],
) -> None:
    tree = trees.get()
    try:
        answer = ask(check, tree, options, deadlines[check])
    finally:
        trees.put(tree)
    failing = [each for each in answer.findings if each.kind is FindingKind.FAIL]
    if answer.broke or failing:
        said = answer.broke or failing[0].message
        raise NotClean(f"{check} {' '.join(options)} is not clean on the unchanged tree: {said}")


def _try(mutant: Mutant, trees: queue.SimpleQueue[Path], deadlines: dict[str, float]) -> Tried:
    tree = trees.get()
    try:
        with changed(tree, mutant.edits):
            answer = ask(mutant.check, tree, mutant.options, deadlines[mutant.check])
    finally:
        trees.put(tree)
    if answer.broke:
        return Tried(mutant=mutant, fate=Fate.BLOCKED, said=answer.broke, cpu_s=answer.cpu_s)
    fate, said = fate_of(mutant, list(answer.findings))
    return Tried(mutant=mutant, fate=fate, said=said, cpu_s=answer.cpu_s)
