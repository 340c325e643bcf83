"""Precision and recall of the rules on a folder of labelled cases.

A case is an entry directly inside `<RULE>/`: a file or a folder. Labels are trailing comments
(`# expect: D05`, `A|B` for alternatives, `@tag` for one site with several places) or the lines of a
folder's `EXPECT` file. Each case is analysed alone, in a copy without its labels.
"""

from __future__ import annotations

import ast
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from readiness.check import Finding, FindingKind
from readiness.codelint.analysis import analyse

__all__ = ["RuleScore", "Score", "score_folder"]

_LABEL = re.compile(r"\s*(?:#|--)\s*expect:\s*(?P<text>[A-Z]\d{2}[^\"'\n]*)")
_ONE = re.compile(r"^(?P<rules>[A-Z]\d{2}(?:\|[A-Z]\d{2})*)(?:@(?P<tag>[\w-]+))?$")
_COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.ExceptHandler,
    ast.Match,
    ast.match_case,
)
_Place = tuple[str, int, range]  # Path, labelled line, lines of its statement.


@dataclass(slots=True)
class _Site:
    rules: tuple[str, ...]
    places: list[_Place] = field(default_factory=list)


@dataclass(slots=True)
class RuleScore:
    """Counts of one rule over all cases."""

    sites: int = 0
    found: int = 0
    false_alarms: int = 0

    @property
    def recall(self) -> float | None:
        """Found sites / sites; None without sites."""
        return self.found / self.sites if self.sites else None

    @property
    def precision(self) -> float | None:
        """Found sites / (found sites + false alarms); None when the rule never spoke."""
        spoken = self.found + self.false_alarms
        return self.found / spoken if spoken else None


@dataclass(slots=True)
class Score:
    """The table: counts per rule, and what was missed or raised wrongly, case by case."""

    rules: dict[str, RuleScore] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    guilty: int = 0
    innocent: int = 0
    innocent_with_alarm: int = 0

    def of(self, rule_id: str) -> RuleScore:
        """The counts of a rule, made on first use."""
        return self.rules.setdefault(rule_id, RuleScore())


def score_folder(folder: Path) -> Score:
    """Score every case below the folder.

    Raises FileNotFoundError when the folder does not exist, ValueError on a malformed label.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder; name a folder of labelled cases")
    score = Score()
    for case in _cases(folder):
        with tempfile.TemporaryDirectory() as copy:
            root = Path(copy) / "case"
            sites = _copy_without_labels(case, root)
            findings = [
                finding
                for finding in analyse(root).findings
                if finding.kind is FindingKind.FAIL and finding.source == "readiness"
            ]
        _count(score, case.relative_to(folder).as_posix(), sites, findings)
    return score


def _cases(folder: Path) -> Iterator[Path]:
    """Entries of rule folders, wherever below the folder these are."""
    if re.fullmatch(r"[A-Z]\d{2}|clean", folder.name):
        yield from sorted(case for case in folder.iterdir() if case.name != "__pycache__")
        return
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        yield from _cases(inner)


def _copy_without_labels(case: Path, root: Path) -> list[_Site]:
    root.mkdir()
    if case.is_dir():
        shutil.copytree(
            case, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "EXPECT")
        )
    else:
        shutil.copy(case, root / case.name)
    sites: dict[str, _Site] = {}
    expected = case / "EXPECT"
    if case.is_dir() and expected.is_file():
        for number, line in enumerate(expected.read_text("utf-8").splitlines()):
            if line.strip() and not line.startswith("#"):
                place, _, text = line.strip().partition(" ")
                path, _, row = place.rpartition(":")
                at = int(row)
                _add(sites, f"EXPECT{number}", text, (path, at, range(at, at + 1)))
    for copied in sorted(root.rglob("*")):
        if copied.is_file():
            _strip(copied, copied.relative_to(root).as_posix(), sites)
    return list(sites.values())


def _strip(path: Path, relative: str, sites: dict[str, _Site]) -> None:
    """Remove the labels of one file and note what they expect."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return
    if "expect:" not in text:
        return
    lines = text.splitlines(keepends=True)
    labels: dict[int, str] = {}
    for index, line in enumerate(lines):
        match = _LABEL.search(line)
        if match is not None:
            labels[index + 1] = match["text"].strip()
            lines[index] = line[: match.start()] + "\n"
    bare = "".join(lines)
    path.write_text(bare, "utf-8")
    ranges = _statement_ranges(bare) if path.suffix == ".py" else []
    for line_number, label in labels.items():
        place = (relative, line_number, _range_of(line_number, ranges))
        _add(sites, f"{relative}:{line_number}", label, place)


def _add(sites: dict[str, _Site], where: str, text: str, place: _Place) -> None:
    for position, part in enumerate(piece.strip() for piece in text.split(",")):
        match = _ONE.match(part)
        if match is None:
            raise ValueError(f"{where}: label {part!r}; expected RULE, RULE|RULE or RULE@tag")
        rules = tuple(match["rules"].split("|"))
        key = f"{rules[0]}@{match['tag']}" if match["tag"] else f"{where}#{position}"
        sites.setdefault(key, _Site(rules)).places.append(place)


def _statement_ranges(text: str) -> list[range]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    found: list[range] = []
    for node in ast.walk(tree):
        if isinstance(node, _COMPOUND):
            found.append(_header(node))
        elif isinstance(node, ast.stmt):
            found.append(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def _header(node: ast.AST) -> range:
    decorators = getattr(node, "decorator_list", [])
    start = min(
        [
            getattr(node, "lineno", 0) or _pattern_line(node),
            *(decorator.lineno for decorator in decorators),
        ]
    )
    body = getattr(node, "body", None) or getattr(node, "cases", None) or []
    first = body[0] if body else None
    end = getattr(first, "lineno", 0) or (_pattern_line(first) if first is not None else start + 1)
    return range(start, max(end, start + 1))


def _pattern_line(node: ast.AST) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else 1


def _range_of(line: int, ranges: Iterable[range]) -> range:
    around = [candidate for candidate in ranges if line in candidate]
    return min(around, key=len, default=range(line, line + 1))


def _count(score: Score, case: str, sites: list[_Site], findings: list[Finding]) -> None:
    at = [(f.location.path, f.location.line or 0, f) for f in findings if f.location is not None]
    labelled = {rule for site in sites for rule in site.rules}
    found, explained = _match(sites, at)
    for site in sites:
        score.of(site.rules[0]).sites += 1
        if id(site) in found:
            score.of(site.rules[0]).found += 1
        else:
            path, line, _ = site.places[0]
            score.missed.append(f"{case} {path}:{line} {'|'.join(site.rules)}")
    if sites:
        score.guilty += 1
    else:
        score.innocent += 1
        score.innocent_with_alarm += bool(at)
    for path, line, finding in at:
        if id(finding) not in explained and (not sites or finding.rule_id in labelled):
            score.of(finding.rule_id).false_alarms += 1
            score.wrong.append(f"{case} {path}:{line} {finding.rule_id} {finding.message}")


def _match(sites: list[_Site], at: list[tuple[str, int, Finding]]) -> tuple[set[int], set[int]]:
    """Ids of the sites that were found, and of the findings that lie on one.

    A finding on a labelled line finds that site; one elsewhere in the statement finds one site.
    """
    found: set[int] = set()
    explained: set[int] = set()
    for path, line, finding in at:
        fitting = [site for site in sites if finding.rule_id in site.rules]
        exact = [s for s in fitting if any((path, line) == (p, n) for p, n, _ in s.places)]
        near = [s for s in fitting if any(path == p and line in r for p, _, r in s.places)]
        found |= {id(s) for s in exact or [s for s in near if id(s) not in found][:1]}
        if near:
            explained.add(id(finding))
    return found, explained
