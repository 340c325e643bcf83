"""Command line of the code analysis: `analyse` a tree, `score` labelled cases.

Exit codes: 0 no finding of HIGH or above is new, 1 there is one, 3 could not run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from readiness.check import Finding, FindingKind, Severity
from readiness.codelint.analysis import Analysis, Config, analyse
from readiness.codelint.known import KnownFileError, new_findings, read_known, write_known
from readiness.codelint.linters import outside_findings
from readiness.codelint.reasons import ReasonsFileError, read_reasons
from readiness.codelint.report import analysis_text, score_text, to_json
from readiness.codelint.sarif import to_sarif
from readiness.codelint.score import score_folder

__all__ = ["main"]

_COMMANDS = ("analyse", "score")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; without one, `analyse` is meant and the candidate defaults to here."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or (arguments[0] not in _COMMANDS and arguments[0] not in {"-h", "--help"}):
        arguments = ["analyse", *arguments]
    options = _parser().parse_args(arguments)
    try:
        return _score(options) if options.command == "score" else _analyse(options)
    except (FileNotFoundError, KnownFileError, ReasonsFileError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 3


class _Parser(argparse.ArgumentParser):
    """Refuses with 3: 1 would be a finding, and 2 is a verdict of the verifier."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(3, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m readiness.codelint",
        description="Reads code trees, never runs them, and names what will cost money.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    tree = commands.add_parser("analyse", help="analyse a tree, against an older one if given")
    tree.add_argument("--candidate", type=Path, default=Path(), metavar="NEW")
    tree.add_argument("--baseline", type=Path, metavar="OLD", help="the older tree, for V01 to V06")
    tree.add_argument("--reasons", type=Path, metavar="FILE", help="what is gone on purpose: YAML")
    tree.add_argument("--sarif", type=Path, metavar="FILE")
    tree.add_argument("--json", type=Path, metavar="FILE")
    tree.add_argument("--known", type=Path, metavar="FILE", help="findings that do not fail")
    tree.add_argument("--write-known", type=Path, metavar="FILE")
    tree.add_argument("--off", default="", metavar="RULES", help="rule ids to leave out: T08,D43")
    tree.add_argument("--linters", action="store_true", help="add what ruff and mypy find")
    tree.add_argument(
        "--types", action="store_true", help="ask Jedi what calls reach that are not known: minutes"
    )
    cases = commands.add_parser("score", help="precision and recall on labelled cases")
    cases.add_argument("folder", type=Path)
    return parser


def _analyse(options: argparse.Namespace) -> int:
    config = Config(
        disabled=frozenset(filter(None, options.off.split(","))),
        accepted=read_reasons(options.reasons) if options.reasons else {},
        has_types=options.types,
    )
    known = read_known(options.known) if options.known else None
    if options.types:
        sys.stderr.write("asking Jedi about calls; a large tree takes minutes\n")
    analysis = analyse(options.candidate, options.baseline, config=config)
    findings = list(analysis.findings)
    if options.linters:
        findings += outside_findings(options.candidate, findings)
    if options.write_known:
        write_known(options.write_known, findings)
    if known is not None:
        findings = new_findings(findings, known)
    _write(options, analysis, findings)
    sys.stdout.write(analysis_text(analysis, findings) + "\n")
    return int(any(_fails(finding) for finding in findings))


def _fails(finding: Finding) -> bool:
    return finding.kind is FindingKind.FAIL and finding.severity.rank <= Severity.HIGH.rank


def _write(options: argparse.Namespace, analysis: Analysis, findings: list[Finding]) -> None:
    if options.json:
        text = json.dumps(to_json(analysis, findings), indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", "utf-8")
    if options.sarif:
        text = json.dumps(to_sarif(analysis, findings), indent=1, ensure_ascii=False)
        options.sarif.write_text(text + "\n", "utf-8")


def _score(options: argparse.Namespace) -> int:
    score = score_folder(options.folder)
    sys.stdout.write(score_text(score) + "\n")
    return int(bool(score.missed or score.wrong))
