"""Sessions of arbitrage: bounds and accounts hold under faults, and the witness can see it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import typer

from readiness.chaos import arbitrage
from readiness.chaos.arbitrage import ONE_SIDED_MAX_S, PairOutcome, main, run_pairs

_SHORT_S = 40.0


def test_groups_keep_their_bounds_under_faults() -> None:
    """Refusals, lost answers, stops and a death of the process: no bound and no account breaks."""
    outcomes = [run_pairs(seed, 50.0) for seed in (1, 2)]
    assert [each.violations for each in outcomes] == [(), ()]
    groups = [group for each in outcomes for group in each.groups]
    assert len(groups) > 6
    assert all(group.unmatched_loss_worst <= group.loss_max for group in groups)
    stretches = [stretch for each in outcomes for stretch in each.one_sided_s]
    assert 0 < max(stretches) <= ONE_SIDED_MAX_S
    assert sum(sum(each.hits.values()) for each in outcomes) > 5


def test_groups_keep_their_bounds_while_an_exchange_is_gone() -> None:
    """A cut in each life of the process: what hung while one exchange could not be reached goes
    when it can, and no account breaks."""
    outcomes = [run_pairs(seed, 60.0, cuts=True) for seed in (4, 5)]
    assert [each.violations for each in outcomes] == [(), ()]
    assert [len(each.cut_s) for each in outcomes] == [2, 2]
    assert max(stretch for each in outcomes for stretch in each.one_sided_s) <= ONE_SIDED_MAX_S
    assert sum(len(each.groups) for each in outcomes) > 4


def test_a_difference_that_closes_is_really_earned() -> None:
    """A wandering basis comes back: the group leaves for it, and its fills earned what it says."""
    outcome = run_pairs(5, 50.0)
    assert outcome.violations == ()
    ended = [each for each in outcome.groups if "the difference is down to" in each.cause]
    assert ended
    assert all(each.is_over and each.pnl > 0 for each in ended)


def test_a_seed_gives_the_same_session_again() -> None:
    """A session that broke something can be looked at again by its seed."""
    assert run_pairs(3, _SHORT_S) == run_pairs(3, _SHORT_S)


def test_the_witness_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bound that no network keeps a session is a violation."""
    monkeypatch.setattr(arbitrage, "ONE_SIDED_MAX_S", 0.0)
    monkeypatch.setattr(arbitrage, "_settings", lambda names: _of(names))
    assert any("one-sided for" in text for text in run_pairs(1, _SHORT_S).violations)


def _of(names: tuple[str, str], settings=arbitrage._settings):  # type: ignore[no-untyped-def]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arbitrage, "ONE_SIDED_MAX_S", ONE_SIDED_MAX_S)
        return settings(names)


def test_the_table_says_what_broke(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each violation is printed with the seed that replays it, and the exit code is 1."""
    calm = PairOutcome(
        seed=4,
        violations=(),
        groups=(),
        one_sided_s=(0.1, 0.3),
        hits={"bybit F1:closed": 2},
        stops=1,
        blind_s=(4.0,),
        cut_s=(9.0, 3.0),
    )
    played = {4: calm, 5: replace(calm, seed=5, violations=("hung",))}
    monkeypatch.setattr(arbitrage, "run_pairs", lambda seed, *, cuts: played[seed])
    main(seeds=1, first_seed=4)
    told = capsys.readouterr().out
    assert "stretches on one leg 2: p50 0.10 s, p99 0.30 s" in told
    assert "left by convergence 0: 0 earned" in told
    assert "cut off 2 times for 12 s" in told
    assert "while an exchange was not reached 1: max 4.00 s" in told
    with pytest.raises(typer.Exit):
        main(seeds=2, first_seed=4)
    assert "seed 5: hung" in capsys.readouterr().out
    assert Decimal(20) == arbitrage.LOSS_MAX_USDT
