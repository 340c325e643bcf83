"""One analysis of a code tree: read, link, summarise, run the rules, drop what is suppressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from readiness.check import Finding
from readiness.codelint import rules
from readiness.codelint.callsites import link
from readiness.codelint.context import Context
from readiness.codelint.inferred import InferredTypes
from readiness.codelint.inventory import Inventory, compare_inventories, take_inventory
from readiness.codelint.program import Function, Program
from readiness.codelint.resolve import Resolver
from readiness.codelint.settings import text_problem
from readiness.codelint.sources import NotAnalysed, Sources, read_sources
from readiness.codelint.summaries import Summary, summarise
from readiness.codelint.suppress import apply_suppressions

__all__ = ["Analysis", "Config", "analyse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a team may set: rules that are off, and v2 names whose loss has a stated reason.

    `accepted` maps an inventory entry ("name:TradingEngine.flush", "table:trades") to its reason.
    With `has_types`, Jedi is asked what calls reach that are otherwise not known.
    """

    disabled: frozenset[str] = frozenset()
    has_types: bool = False
    accepted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What was found, what could not be read, and how much was covered (files read / files)."""

    findings: tuple[Finding, ...]
    not_analysed: tuple[NotAnalysed, ...]
    inventory: Inventory
    lines: int
    coverage_ratio: float
    suppressed: tuple[tuple[Finding, str], ...] = ()
    excluded: tuple[str, ...] = ()
    inferred_calls: int = 0


@dataclass(eq=False, slots=True)
class _Tree:
    sources: Sources
    context: Context
    summaries: dict[Function, Summary]
    inferred_calls: int = 0


def analyse(root: Path, baseline: Path | None = None, *, config: Config | None = None) -> Analysis:
    """Analyse the tree at `root`, and compare it with the older tree where one is given.

    Raises FileNotFoundError when a tree does not exist, TypesUnavailableError when inferred types
    are wanted and cannot be had.
    """
    config = config or Config()
    root = Path(root)
    tree = _read(root, has_types=config.has_types)
    rules.run(tree.context, tree.summaries)
    inventory = take_inventory(tree.context, tree.sources.texts)
    if baseline is not None:
        older = _read(Path(baseline))
        compare_inventories(
            tree.context,
            inventory,
            take_inventory(older.context, older.sources.texts),
            summaries=tree.summaries,
            older=(older.context, older.summaries),
            accepted=config.accepted,
        )
    kept, suppressed = apply_suppressions(
        [f for f in tree.context.findings if f.rule_id not in config.disabled],
        tree.sources,
    )
    not_analysed = (*tree.sources.not_analysed, *_broken_texts(tree.sources))
    seen = len(tree.sources.modules)
    missed = len(not_analysed)
    return Analysis(
        findings=tuple(sorted(kept, key=_order)),
        not_analysed=tuple(sorted(not_analysed, key=lambda entry: entry.path)),
        inventory=inventory,
        lines=tree.sources.lines,
        coverage_ratio=seen / (seen + missed) if seen + missed else 0.0,
        suppressed=tuple(suppressed),
        excluded=tree.sources.excluded,
        inferred_calls=tree.inferred_calls,
    )


def _broken_texts(sources: Sources) -> list[NotAnalysed]:
    """Configuration files that could not be read as what they are."""
    return [
        NotAnalysed(path=text.path, reason=problem)
        for text in sources.texts
        if (problem := text_problem(text))
    ]


def _read(root: Path, *, has_types: bool = False) -> _Tree:
    sources = read_sources(root)
    program = Program(
        root_name=root.resolve().name if root.is_dir() else root.resolve().parent.name,
        modules={module.name or "<root>": module for module in sources.modules},
    )
    resolver = Resolver(program)
    types = InferredTypes(root, program) if has_types else None
    link(program, resolver, types)
    context = Context(program=program, resolver=resolver, texts=sources.texts)
    answered = types.answered if types is not None else 0
    return _Tree(sources, context, summarise(program, resolver), answered)


def _order(finding: Finding) -> tuple[int, str, int, str]:
    place = finding.location
    path, line = (place.path, place.line or 0) if place else ("", 0)
    return finding.severity.rank, path, line, finding.rule_id
