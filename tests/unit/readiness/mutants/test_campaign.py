"""Trials in processes of their own: what is caught, what survives, and who is clean."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from readiness.mutants.campaign import NotClean, run_campaign
from readiness.mutants.mutant import Tried
from readiness.mutants.rules import read_rules
from readiness.mutants.tree import EditRefused

ROOT = Path(__file__).resolve().parents[4]
RULES = read_rules()["Risk Management"]


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
