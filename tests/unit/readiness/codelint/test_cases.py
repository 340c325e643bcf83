"""Recall and false alarms of the code analysis, on labelled cases by another author than the rules.

The label format and what is counted stand in `tests/cases/codelint/README.md`. Each case is
copied without its labels and analysed by itself, so that nothing can be learnt from a comment.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import sys
import tempfile
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
# Measured: hazard classes, other rules and sites that are found; innocent cases that are reported.
BARS = {"dev": (44, 41, 395, 0), "heldout": (44, 41, 380, 0), "fresh": (42, 38, 265, 0)}
BARS["unseen"] = (44, 16, 109, 1)  # Its other rules are T01 to T16.
HALVES = tuple(BARS)
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
    lines = frozenset(header_or_whole(innermost))
    return lines if line in lines else frozenset({line})


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
    groups: dict[tuple[tuple[str, ...], str], list[tuple[str, int, frozenset[int]]]] = {}
    for number, (where, line, written, lines) in enumerate(written_labels(case)):
        match = SITE.fullmatch(written)
        assert match, f"{case}:{line}: {written!r} is no label"
        rules = tuple(match["rules"].split("|"))
        assert RULES.issuperset(rules), f"{case}:{line}: {written!r} names an unknown rule"
        group = groups.setdefault((rules, match["tag"] or f"{number}"), [])
        group.append((where, line, lines))
    return tuple(Site(rules=rules, places=tuple(group)) for (rules, _), group in groups.items())


@cache
def cases() -> tuple[Case, ...]:
    folders = [folder for half in HALVES for folder in sorted((CASES / half).iterdir())]
    return tuple(
        Case(half=folder.parent.name, rule=folder.name, path=path, sites=sites_of(path))
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.name != "__pycache__"
    )


def copy_without_labels(case: Path, target: Path) -> None:
    for path in (path for path in files_of(case) if path.name != "EXPECT"):
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
    for outcome in (outcome_of(case) for case in cases() if case.half == half):
        for site in outcome.case.sites:
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


@pytest.mark.parametrize("half", HALVES)
def test_innocent_cases_give_no_finding(half: str) -> None:
    """Correct code that looks like the defect is not reported, and every file is read."""
    outcomes = [outcome_of(case) for case in cases() if case.half == half]
    assert not [entry for outcome in outcomes for entry in outcome.not_analysed]
    reported = [o for o in outcomes if o.false_alarms and not o.case.is_guilty]
    shown = [f"{o.case.name}: {a}" for o in reported for a in o.false_alarms if half == "dev"]
    assert len(reported) <= BARS[half][3], f"{half}: {len(reported)} reported\n" + "\n".join(shown)


@pytest.mark.parametrize("half", HALVES)
def test_rules_are_found(half: str) -> None:
    """Each part gives at least the hazard classes, other rules and sites that were measured."""
    table = scores(half)
    show(half, table)
    missed = [rule for rule in (*HAZARDS, *OTHERS) if not table[rule].is_found]
    found = [sum(table[rule].is_found for rule in rules) for rules in (HAZARDS, OTHERS)]
    found.append(sum(score.found for score in table.values()))
    low = [pair for pair in zip(found, BARS[half][:3], strict=True) if pair[0] < pair[1]]
    assert not low, f"{half}: found and asked: {low}; not found: {', '.join(missed)}"


def test_corpus_is_large_enough() -> None:
    """The bars mean something: guilty sites and innocent cases for each rule, more for classes."""
    for rule in sorted(RULES):
        own = [case for case in cases() if case.rule == rule]
        enough = 3 if rule in HAZARDS else 2
        assert sum(len(case.sites) for case in own) >= enough, rule
        assert sum(not case.is_guilty for case in own) >= enough, rule
        fresh = [case.is_guilty for case in own if case.half == "fresh"]
        assert min(fresh.count(True), fresh.count(False)) >= enough - 1, rule
    assert sum(case.rule == "clean" for case in cases()) >= 15


def test_guilty_cases_are_labelled_and_innocent_ones_are_not() -> None:
    """A label in an innocent case, or none in a guilty one, would falsify the count."""
    for case in cases():
        assert case.is_guilty == bool(case.sites), case.name
        own = {site.rules[0] for site in case.sites}
        assert not case.is_guilty or case.rule in own, case.name


def test_labels_do_not_reach_the_analysis(tmp_path: Path) -> None:
    """The copy has the lines of the case, and none of its labels."""
    case = next(case for case in cases() if case.name == "dev/D05/guilty_sleep.py")
    copy_without_labels(case.path, tmp_path)
    text = (tmp_path / "guilty_sleep.py").read_text(encoding="utf-8")
    assert "expect" not in text
    assert len(text.splitlines()) == len(case.path.read_text(encoding="utf-8").splitlines())


BLOCKING = "import time\n\n\nasync def pause():\n    time.sleep(1)\n"


def blocking_paths(root: Path) -> list[str]:
    return sorted(place_of(f)[0] for f in analyse(root).findings if f.rule_id == "D05")


def unread(root: Path) -> dict[str, str]:
    return {entry.path: entry.reason for entry in analyse(root).not_analysed}


def test_files_that_cannot_be_analysed_are_named(tmp_path: Path) -> None:
    """Each broken file is named with a reason, and its neighbour is analysed all the same."""
    shutil.copytree(CASES / "bad_input", tmp_path / "bad")
    (tmp_path / "bad" / "README.md").unlink()
    (tmp_path / "bad" / "neighbour.py").write_text(BLOCKING, encoding="utf-8")
    broken = {f"bad/{path.name}" for path in (CASES / "bad_input").iterdir()} - {"bad/README.md"}
    named = unread(tmp_path)
    assert broken <= named.keys(), sorted(broken - named.keys())
    assert all(reason.strip() for reason in named.values())
    assert blocking_paths(tmp_path) == ["bad/neighbour.py"]


HEADS = {"latin-1": "# coding: latin-1\n", "cp1251": "# coding: cp1251\n# бот\n", "utf-8-sig": ""}


@pytest.mark.parametrize("encoding", sorted(HEADS))
def test_declared_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    """A file whose encoding is declared is no bad input."""
    (tmp_path / "declared.py").write_bytes((HEADS[encoding] + BLOCKING).encode(encoding))
    assert blocking_paths(tmp_path) == ["declared.py"]


def test_links_and_pipes_do_not_hold_the_analysis_up(tmp_path: Path) -> None:
    """Cycles of links, dangling links and pipes end, and a real file is reported once."""
    package = tmp_path / "bot"
    package.mkdir()
    (package / "real.py").write_text(BLOCKING, encoding="utf-8")
    (package / "self").symlink_to(package, target_is_directory=True)
    (tmp_path / "ping").symlink_to(tmp_path / "pong")
    (tmp_path / "pong").symlink_to(tmp_path / "ping")
    (package / "dangling.py").symlink_to(tmp_path / "nowhere.py")
    os.mkfifo(package / "pipe.py")
    assert blocking_paths(tmp_path) == ["bot/real.py"]
    assert {"bot/pipe.py", "bot/dangling.py"} <= unread(tmp_path).keys()


HOSTILE = b"a b|--help|line\nbreak|red\x1b[31m|quote'\"|not\xffutf8|.|$(id)|class|\xe2\x80\xaegnp"


@pytest.mark.parametrize("name", HOSTILE.split(b"|"))
def test_hostile_names_are_analysed_or_named(tmp_path: Path, name: bytes) -> None:
    """A strange name neither stops the analysis nor makes a file disappear from it."""
    (tmp_path / "plain.py").write_text(BLOCKING, encoding="utf-8")
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name + b".py"))).write_text(BLOCKING)
    seen = blocking_paths(tmp_path)
    assert "plain.py" in seen
    assert len(seen) + len(unread(tmp_path)) == 2


def deep_sources() -> dict[str, str]:
    """Programs that are legal or nearly so, and deeper than a recursion limit."""
    return {
        "brackets": "x = " + "(" * 4000 + ")" * 4000 + "\n",
        "calls": "x = " + "f(" * 3000 + ")" * 3000 + "\n",
        "sum": "x = 1" + " + 1" * 30_000 + "\n",
        "attributes": "x = a" + ".b" * 20_000 + "\n",
        "elif": "if a:\n    pass\n" + "elif b:\n    pass\n" * 4000,
    }


@pytest.mark.parametrize("shape", sorted(deep_sources()))
def test_deep_nesting_is_survived(tmp_path: Path, shape: str) -> None:
    """A file too deep for a recursion is analysed or named; its neighbour is analysed."""
    (tmp_path / "deep.py").write_text(deep_sources()[shape], encoding="utf-8")
    (tmp_path / "plain.py").write_text(BLOCKING, encoding="utf-8")
    assert blocking_paths(tmp_path) == ["plain.py"]
    assert unread(tmp_path).keys() <= {"deep.py"}


def test_a_long_call_chain_is_followed_to_its_end(tmp_path: Path) -> None:
    """Blocking a thousand calls down is found, and the chain is given."""
    links = "".join(f"def f{n}():\n    f{n + 1}()\n\n\n" for n in range(1000))
    ends = "def f1000():\n    time.sleep(1)\n\n\nasync def run():\n    f0()\n"
    text = f"import time\n\n\n{links}{ends}"
    (tmp_path / "chain.py").write_text(text, encoding="utf-8")
    (finding,) = [f for f in analyse(tmp_path).findings if f.rule_id == "D08"]
    assert finding.chain


def test_a_generated_file_of_twenty_thousand_lines_is_analysed(tmp_path: Path) -> None:
    """Size alone is no reason to leave a file out."""
    block = "async def step_{n}(rows):\n    rows.append({n})\n    return rows\n\n\n"
    text = "import time\n\n\n" + "".join(block.format(n=n) for n in range(4000))
    (tmp_path / "large.py").write_text(text + BLOCKING, encoding="utf-8")
    assert blocking_paths(tmp_path) == ["large.py"]
    assert not unread(tmp_path)
