"""Recall and false alarms of the code analysis, on labelled cases by another author than the rules.

The label format and what is counted stand in `tests/cases/codelint/README.md`. Each case is
copied without its labels and analysed by itself, so that nothing can be learnt from a comment.
"""

from __future__ import annotations

import ast
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from readiness.check import Finding, FindingKind
from readiness.codelint import analyse

CASES = Path(__file__).parents[3] / "cases" / "codelint"
HALVES = ("dev", "heldout")
HAZARDS = tuple(f"D{number:02d}" for number in range(1, 45))
OTHERS = tuple(
    f"{letter}{number:02d}"
    for letter, last in (("T", 17), ("S", 9), ("M", 10), ("C", 5))
    for number in range(1, last + 1)
)
RULES = frozenset((*HAZARDS, *OTHERS))
LABEL = re.compile(r"\s*(?:#|--) expect: (?P<sites>.+?)\s*$")
SITE = re.compile(r"(?P<rules>[A-Z]\d\d(?:\|[A-Z]\d\d)*)(?:@(?P<tag>\w+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One planted defect: the rule ids that may name it, and its places as (path, lines)."""

    rules: tuple[str, ...]
    places: tuple[tuple[str, int, frozenset[int]], ...]

    def is_at(self, path: str, line: int) -> bool:
        """Whether the line is a labelled one itself."""
        return any((path, line) == (where, labelled) for where, labelled, _ in self.places)

    def is_around(self, path: str, line: int) -> bool:
        """Whether the line belongs to a labelled statement."""
        return any(path == where and line in lines for where, _, lines in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A guilty or innocent program: a file, or a folder of files that are read together."""

    half: str
    rule: str
    path: Path
    sites: tuple[Site, ...]

    @property
    def is_guilty(self) -> bool:
        return self.path.name.startswith("guilty")

    @property
    def name(self) -> str:
        return f"{self.half}/{self.rule}/{self.path.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the analysis said about one case."""

    case: Case
    found: tuple[Site, ...]
    false_alarms: tuple[Finding, ...]
    not_analysed: tuple[str, ...]


def files_of(case: Path) -> list[Path]:
    files = [case] if case.is_file() else sorted(p for p in case.rglob("*") if p.is_file())
    return [path for path in files if "__pycache__" not in path.parts]


def header_or_whole(node: ast.stmt | ast.ExceptHandler) -> range:
    """Lines of a statement; of a compound one its header, with decorators."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    body = getattr(node, "body", None)
    if not body:
        return range(first, (node.end_lineno or node.lineno) + 1)
    inner = min([body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", ()))])
    return range(first, max(inner, node.lineno + 1))


def statement_lines(tree: ast.AST | None, line: int) -> frozenset[int]:
    """Lines of the innermost statement that holds the line, and the line itself."""
    kinds = (ast.stmt, ast.ExceptHandler)
    nodes = [node for node in ast.walk(tree) if isinstance(node, kinds)] if tree else []
    holding = [node for node in nodes if node.lineno <= line <= (node.end_lineno or 0)]
    if not holding:
        return frozenset({line})
    innermost = max(holding, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    lines = header_or_whole(innermost)
    return frozenset({line, *lines}) if line in lines else frozenset({line})


def labels_in(path: Path) -> Iterator[tuple[int, str, frozenset[int]]]:
    """Each label of a file as (line, written site, lines of its statement)."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text) if path.suffix == ".py" else None
    for number, line in enumerate(text.splitlines(), 1):
        match = LABEL.search(line)
        for written in match["sites"].split(", ") if match else ():
            yield number, written, statement_lines(tree, number)


def written_labels(case: Path) -> Iterator[tuple[str, int, str, frozenset[int]]]:
    for path in files_of(case):
        where = path.name if case.is_file() else path.relative_to(case).as_posix()
        if path.name == "EXPECT":
            for entry in path.read_text(encoding="utf-8").splitlines():
                target, written = entry.split(" ")
                labelled, line = target.rsplit(":", 1)
                yield labelled, int(line), written, frozenset({int(line)})
            continue
        for number, written, lines in labels_in(path):
            yield where, number, written, lines


def sites_of(case: Path) -> tuple[Site, ...]:
    groups: dict[tuple[object, ...], list[tuple[str, int, frozenset[int]]]] = defaultdict(list)
    for number, (where, line, written, lines) in enumerate(written_labels(case)):
        match = SITE.fullmatch(written)
        assert match, f"{case}:{line}: {written!r} is no label"
        rules = tuple(match["rules"].split("|"))
        assert RULES.issuperset(rules), f"{case}:{line}: {written!r} names an unknown rule"
        groups[rules, match["tag"] or number].append((where, line, lines))
    return tuple(Site(rules=key[0], places=tuple(group)) for key, group in groups.items())


@cache
def cases() -> tuple[Case, ...]:
    found = []
    for half in HALVES:
        for folder in sorted((CASES / half).iterdir()):
            for path in sorted(folder.iterdir()):
                if path.name != "__pycache__":
                    sites = sites_of(path)
                    found.append(Case(half=half, rule=folder.name, path=path, sites=sites))
    return tuple(found)


def copy_without_labels(case: Path, target: Path) -> None:
    for path in files_of(case):
        if path.name == "EXPECT":
            continue
        copy = target / (path.name if case.is_file() else path.relative_to(case))
        copy.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text(encoding="utf-8").split("\n")
        copy.write_text("\n".join(LABEL.sub("", line) for line in lines), encoding="utf-8")


def place_of(finding: Finding) -> tuple[str, int]:
    location = finding.location
    return ("", 0) if location is None else (location.path, location.line or 0)


def match_sites(case: Case, findings: list[Finding]) -> tuple[set[Site], list[Finding]]:
    """Sites that were found, and findings on none; a labelled line goes before its statement."""
    found: set[Site] = set()
    astray: list[Finding] = []
    for finding in findings:
        place = place_of(finding)
        fitting = [site for site in case.sites if finding.rule_id in site.rules]
        exact = [site for site in fitting if site.is_at(*place)]
        near = [site for site in fitting if site.is_around(*place)]
        found.update(exact or [site for site in near if site not in found][:1])
        if not near:
            astray.append(finding)
    return found, astray


@cache
def outcome_of(case: Case) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="case-") as folder:
        copy_without_labels(case.path, Path(folder))
        analysis = analyse(Path(folder))
    ours = [f for f in analysis.findings if f.source == "readiness" and f.kind is FindingKind.FAIL]
    found, astray = match_sites(case, ours)
    labelled = {rule for site in case.sites for rule in site.rules}
    alarms = [f for f in astray if f.rule_id in labelled] if case.is_guilty else ours
    return Outcome(
        case=case,
        found=tuple(found),
        false_alarms=tuple(alarms),
        not_analysed=tuple(str(entry) for entry in analysis.not_analysed),
    )


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts of one rule."""

    sites: int = 0
    found: int = 0
    false_alarms: int = 0

    @property
    def is_found(self) -> bool:
        """At least two thirds of the guilty sites."""
        return self.sites > 0 and 3 * self.found >= 2 * self.sites

    def row(self, name: str) -> tuple[str, ...]:
        reported = self.found + self.false_alarms
        recall = f"{self.found / self.sites:.0%}" if self.sites else "-"
        precision = f"{self.found / reported:.0%}" if reported else "-"
        counts = (str(self.sites), str(self.found), str(self.false_alarms))
        return (name, *counts, recall, precision, "yes" if self.is_found else "no")


def scores(half: str) -> dict[str, Score]:
    table: dict[str, Score] = {rule: Score() for rule in (*HAZARDS, *OTHERS)}
    for case in cases():
        if case.half != half:
            continue
        outcome = outcome_of(case)
        for site in case.sites:
            table[site.rules[0]].sites += 1
            table[site.rules[0]].found += site in outcome.found
        for alarm in outcome.false_alarms:
            table.setdefault(alarm.rule_id, Score()).false_alarms += 1
    return table


def show(half: str, table: dict[str, Score]) -> None:
    """Print the table of one half, at most 100 columns wide."""
    view = Table(title=f"{half}: found and false alarms per rule")
    for heading in ("rule", "sites", "found", "false alarms", "recall", "precision", "found?"):
        view.add_column(heading, justify="left" if heading == "rule" else "right")
    total = Score()
    for rule, score in sorted(table.items()):
        view.add_row(*score.row(rule))
        total.sites += score.sites
        total.found += score.found
        total.false_alarms += score.false_alarms
    view.add_section()
    view.add_row(*total.row("all"))
    Console(file=sys.stdout, width=100).print(view)


def folders() -> list[tuple[str, str]]:
    return sorted({(case.half, case.rule) for case in cases()})


@pytest.mark.parametrize(("half", "rule"), folders(), ids=lambda value: value)
def test_innocent_cases_of_a_folder_give_no_finding(half: str, rule: str) -> None:
    """Correct code that looks like the defect is not reported, and every file is read."""
    outcomes = [outcome_of(case) for case in cases() if (case.half, case.rule) == (half, rule)]
    assert not [entry for outcome in outcomes for entry in outcome.not_analysed]
    alarms = [
        f"{outcome.case.name}: {alarm.rule_id} at {alarm.location}: {alarm.message}"
        for outcome in outcomes
        if not outcome.case.is_guilty
        for alarm in outcome.false_alarms
    ]
    assert not alarms, "\n".join(alarms)


@pytest.mark.parametrize("half", HALVES)
def test_hazard_classes_are_found(half: str) -> None:
    """At least 42 of the 44 asynchronous hazard classes are found in each half."""
    table = scores(half)
    show(half, table)
    missed = [rule for rule in HAZARDS if not table[rule].is_found]
    assert len(missed) <= 2, f"{half}: not found: {', '.join(missed)}"


@pytest.mark.parametrize("half", HALVES)
def test_other_rules_are_found(half: str) -> None:
    """At least nine of ten trading, data, model and configuration rules are found."""
    table = scores(half)
    missed = [rule for rule in OTHERS if not table[rule].is_found]
    assert 10 * len(missed) <= len(OTHERS), f"{half}: not found: {', '.join(missed)}"


def test_corpus_is_large_enough() -> None:
    """The bars mean something: three guilty sites and three innocent cases for each class."""
    for rule in HAZARDS:
        own = [case for case in cases() if case.rule == rule]
        assert sum(len(case.sites) for case in own) >= 3, rule
        assert sum(not case.is_guilty for case in own) >= 3, rule
    for rule in OTHERS:
        own = [case for case in cases() if case.rule == rule]
        assert sum(len(case.sites) for case in own) >= 2, rule
        assert sum(not case.is_guilty for case in own) >= 2, rule
    assert sum(case.rule == "clean" for case in cases()) >= 15


def test_guilty_cases_are_labelled_and_innocent_ones_are_not() -> None:
    """A label in an innocent case, or none in a guilty one, would falsify the count."""
    wrong = [case.name for case in cases() if case.is_guilty != bool(case.sites)]
    misfiled = [
        case.name
        for case in cases()
        if case.is_guilty and case.rule not in {site.rules[0] for site in case.sites}
    ]
    assert not wrong
    assert not misfiled


def test_labels_do_not_reach_the_analysis(tmp_path: Path) -> None:
    """The copy has the lines of the case, and none of its labels."""
    case = next(case for case in cases() if case.name == "dev/D05/guilty_sleep.py")
    copy_without_labels(case.path, tmp_path)
    text = (tmp_path / "guilty_sleep.py").read_text(encoding="utf-8")
    assert "expect" not in text
    assert len(text.splitlines()) == len(case.path.read_text(encoding="utf-8").splitlines())
    shutil.rmtree(tmp_path)
