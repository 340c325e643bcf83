"""Trials in processes of their own: what is caught, what survives, and who is clean."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from readiness.mutants.campaign import NotClean, run_campaign
from readiness.mutants.kept import FILE, Ledger, read_measured
from readiness.mutants.mutant import Tried
from readiness.mutants.rules import read_rules
from readiness.mutants.tree import EditRefused

ROOT = Path(__file__).resolve().parents[4]
RULES = read_rules()["Risk Management"]
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "cases")


def test_a_sample_of_the_mutants_of_risk_is_caught() -> None:
    """Two of them, drawn by seed, by the real check on copies of this very tree."""
    told: list[Tried] = []
    [result] = run_campaign(ROOT, [RULES], seed=5, jobs=2, sample=2, tell=told.append)
    assert sorted(t.mutant.name for t in told) == sorted(t.mutant.name for t in result.tried)
    assert [tried.fate.is_caught for tried in result.tried] == [True, True]
    assert result.caught == 2
    assert result.survivors == ()


def test_a_check_that_is_not_clean_is_refused() -> None:
    """It would seem to catch everything."""
    written = RULES.written[:1]
    odd = type(RULES)(
        check="No Such Check",
        least=RULES.least,
        deadline_s=60,
        source=RULES.source,
        written=written,
    )
    with pytest.raises(NotClean, match=r"No Such Check .* KeyError"):
        run_campaign(ROOT, [odd], seed=1, jobs=1)


def test_a_mutant_that_does_not_fit_is_refused_before_any_trial() -> None:
    """Not after an hour of trials, whose results would be lost."""
    gone = msgspec.structs.replace(RULES.written[0], old="what is not there", new="anything")
    told: list[Tried] = []
    odd = msgspec.structs.replace(RULES, written=(*RULES.written[1:], gone), drawn=())
    with pytest.raises(EditRefused, match="what is not there"):
        run_campaign(ROOT, [odd], seed=1, jobs=1, tell=told.append)
    assert told == []


def test_what_is_kept_is_not_tried_again(tmp_path: Path) -> None:
    """Each trial is in the file, and the next campaign tells nothing of it."""
    for part in ("readiness", "bot_trading", "config", "exchange_simulator", "models"):
        (tmp_path / part).mkdir()
        shutil.copytree(ROOT / part, tmp_path / part, dirs_exist_ok=True, ignore=_LEFT_OUT)
    (tmp_path / FILE).unlink(missing_ok=True)
    few = msgspec.structs.replace(RULES, written=RULES.written[:2], drawn=())
    for tried in (2, 0):
        told: list[Tried] = []
        [result] = run_campaign(
            tmp_path, [few], seed=1, jobs=2, tell=told.append, ledger=Ledger(tmp_path)
        )
        assert len(told) == tried
        assert (result.caught, len(result.tried)) == (2, 2)
        assert len(read_measured(tmp_path)[RULES.check].trials) == 2
