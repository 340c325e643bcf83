"""Our own packages are analysed as anybody's, and nothing is found that has no written reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from readiness.check import FindingKind
from readiness.codelint import Analysis, analyse

ROOT = Path(__file__).parents[4]
# Not tests, whose cases hold planted defects, nor the old bot, whose faults are the migration's
# subject: both together are more lines than what is judged here.
OWN = ("bot_trading", "exchange_simulator", "migration", "readiness", "scripts")


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Of everything that is ours to mend."""
    tree = tmp_path_factory.mktemp("own")
    for name in OWN:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ROOT.glob("*.py"):
        shutil.copy(file, tree)
    return analyse(tree)


def test_our_own_code_has_no_finding_without_a_reason(analysis: Analysis) -> None:
    """A finding is mended, or answered on its line with a reason."""
    own = [
        f"{finding.location} {finding.rule_id} {finding.message}"
        for finding in analysis.findings
        if finding.kind is FindingKind.FAIL
    ]
    assert not own, "\n" + "\n".join(own)


def test_all_of_our_own_code_is_read(analysis: Analysis) -> None:
    """No file of ours is left out in silence."""
    assert analysis.lines > 50_000
    assert not analysis.not_analysed
    assert analysis.coverage_ratio == 1
    assert all(len(reason) >= 8 for _, reason in analysis.suppressed)
