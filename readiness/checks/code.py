"""Code: asynchronous hazards and broken hedge-mode rules in the bot, by static analysis."""

from __future__ import annotations

import asyncio
from pathlib import Path

from readiness.check import CheckResult, Evidence, FindingKind, Outcome, Recall
from readiness.codelint import Analysis, Config, analyse
from readiness.codelint.reasons import read_reasons
from readiness.codelint.score import score_folder
from readiness.context import Check, Context, blocked

__all__ = ["run"]

REASONS = "config/v2_left_behind.yaml"  # What v2 offered and v3 does otherwise, each with why.
CASES = "tests/cases/codelint/fresh"  # Labelled defects that the rules were not written on.


async def run(check: Check, context: Context) -> CheckResult:
    """Analyse `bot_trading`, compared with `legacy_v2` where that exists.

    The check's own power is its recall on the held-out cases, measured in the same run.
    """
    baseline = context.root / "legacy_v2"
    tree = context.root / "bot_trading"
    analysis = await asyncio.to_thread(_analyse, tree, baseline, context.root / REASONS)
    if not analysis.lines:
        return blocked(check, f"{tree} holds no code that could be read")
    recall = await asyncio.to_thread(_measure_recall, context.root / CASES)
    return judge_analysis(check, analysis, recall)


def judge_analysis(check: Check, analysis: Analysis, recall: Recall | None) -> CheckResult:
    """The result that an analysis stands for; a file that could not be read is not covered."""
    failing = [found for found in analysis.findings if found.kind is FindingKind.FAIL]
    unread = "".join(f"; not read: {skipped.path}" for skipped in analysis.not_analysed)
    evidence = [
        Evidence(
            what="lines of the bot analysed",
            measured=f"{analysis.lines}, {len(failing)} failing findings, "
            f"{len(analysis.suppressed)} suppressed with a reason{unread}",
            limit="0 failing findings",
            source="readiness.codelint on bot_trading",
        )
    ]
    if recall is not None:
        evidence.append(
            Evidence(
                what="labelled defects that the analysis reported",
                measured=f"{recall.caught} of {recall.seeded}",
                limit="all",
                source=CASES,
            )
        )
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if failing else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=analysis.coverage_ratio,
        recall=recall,
        evidence=tuple(evidence),
        findings=analysis.findings,
    )


def _analyse(tree: Path, baseline: Path, reasons: Path) -> Analysis:
    """The analysis of `tree`, with the baseline and the stated reasons where they exist."""
    accepted = read_reasons(reasons) if reasons.is_file() else {}
    compared = baseline if baseline.is_dir() else None
    return analyse(tree, compared, config=Config(accepted=accepted))


def _measure_recall(folder: Path) -> Recall | None:
    """Recall over the labelled cases; None where no cases are there."""
    if not folder.is_dir():
        return None
    rules = score_folder(folder).rules.values()
    return Recall(
        caught=sum(rule.found for rule in rules), seeded=sum(rule.sites for rule in rules)
    )
