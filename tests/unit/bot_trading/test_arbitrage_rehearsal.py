"""The rehearsal of groups keeps its bounds, is reproducible, and says when one is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest
import typer

from bot_trading import arbitrage_rehearsal
from bot_trading.arbitrage.group import Phase
from bot_trading.arbitrage_rehearsal import BOUNDS, main, rehearse

SEEDS = range(1, 121)


def test_no_group_hangs_longer_or_dearer_than_its_bounds() -> None:
    """Under refusals, parts, late and lost answers and stops, every group ends within bounds."""
    outcomes = [rehearse(seed) for seed in SEEDS]
    assert [each.broken for each in outcomes if each.broken] == []
    assert {each.phase for each in outcomes} == {Phase.OVER}
    assert 0 < max(each.one_sided_us for each in outcomes) <= BOUNDS.one_sided_max_us
    assert len({each.fates for each in outcomes}) > 15


def test_a_seed_gives_the_same_group_again() -> None:
    """A group that broke something can be looked at again by its seed."""
    assert rehearse(7) == rehearse(7)


def test_a_bound_that_is_too_tight_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The witness can fail: with a bound that answers cannot keep it exits with 1 and a seed."""
    tight = replace(BOUNDS, settle_us=20_000, one_sided_max_us=30_000)
    monkeypatch.setattr(arbitrage_rehearsal, "BOUNDS", tight)
    with pytest.raises(typer.Exit) as stopped:
        main(groups=20, seed=1)
    assert stopped.value.exit_code == 1
    assert "one-sided for" in capsys.readouterr().out


def test_the_table_counts_every_group(capsys: pytest.CaptureFixture[str]) -> None:
    """The last row of the table stands for all groups, and below stands where money went."""
    main(groups=10, seed=3)
    *_, row, drift = capsys.readouterr().out.splitlines()
    assert row.startswith("| all | 10 |")
    assert row.endswith("| 0 |")
    assert drift.startswith("balances: the first share moved by ")
