"""The study of recorded candles says how often a difference pays, and what following it brings."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import typer

from bot_trading.arbitrage.costs import FundingTerms
from bot_trading.arbitrage.edge import Thresholds
from bot_trading.arbitrage_study import Moment, main, study_moments
from bot_trading.errors import ConfigError
from tests.builders.pairs import HOUR_US, a_side

QUARTER_US = HOUR_US // 4
SIDES = (
    a_side("bybit", min_qty=Decimal(1), qty_step=Decimal(1)),
    a_side("binance", min_qty=Decimal(1), qty_step=Decimal(1)),
)
THRESHOLDS = Thresholds(
    entry_net_min_bps=Decimal(1),
    exit_bps=Decimal(1),
    horizon_us=8 * HOUR_US,
    book_age_max_us=1_000_000,
    move_bps_per_root_s=Decimal(0),
)


def _moments(*seconds: str, rate: str = "0") -> list[Moment]:
    """The first price stands at 10000, funding of the first settles at the second candle."""
    none = FundingTerms(rate=Decimal(0), ts_next_us=99 * HOUR_US, interval_us=8 * HOUR_US)
    funding = replace(none, rate=Decimal(rate), ts_next_us=2 * QUARTER_US)
    return [
        Moment(
            ts_us=number * QUARTER_US,
            first_px=Decimal(10_000),
            second_px=Decimal(price),
            first_funding=funding if number <= 2 else none,
            second_funding=none,
        )
        for number, price in enumerate(seconds, start=1)
    ]


def test_a_difference_that_closes_earns_itself_less_fees() -> None:
    """An entry at 40 bps that is left at 0 brings 40 less four fees of 5, and each spread."""
    half = Decimal("0.00001")
    study = study_moments(_moments("10040", "10020", "10000"), SIDES, THRESHOLDS, half, 0)
    assert (study.moments, study.paying, len(study.trades)) == (3, 1, 1)
    assert abs(study.trades[0] - Decimal("19.6")) < Decimal("0.01")


def test_funding_that_settles_meanwhile_is_paid() -> None:
    """The long side pays the rate that settles while it is held."""
    half = Decimal("0.00001")
    moments = _moments("10040", "10020", "10000", rate="0.0005")
    study = study_moments(moments, SIDES, THRESHOLDS, half, 0)
    assert abs(study.trades[0] - Decimal("14.6")) < Decimal("0.01")


def test_a_difference_that_never_pays_gives_no_entry() -> None:
    """Never is an answer too: differences below the costs are followed by nothing."""
    study = study_moments(
        _moments("10010", "10015", "10005"), SIDES, THRESHOLDS, Decimal("0.00001"), 0
    )
    assert (study.paying, study.trades) == (0, [])
    assert study.row("X") == "| X | 3 | 10.00 | 10.00 | 15.00 | 0 | 0 | – | 0.0 |"


def test_sides_that_are_no_pair_are_refused() -> None:
    """The reason of the refusal reaches who asked."""
    with pytest.raises(ConfigError, match="the same account"):
        study_moments(_moments("1"), (SIDES[0], SIDES[0]), THRESHOLDS, Decimal(0), 0)


def _write(folder: Path, prices: list[str], ts_us: int) -> None:
    folder.mkdir()
    with (folder / "BTCUSDT.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ts", "open", "high", "low", "close", "volume"])
        for number, price in enumerate(prices):
            rows.writerow([(ts_us // 1000) + number * 900_000, *[price] * 4, 1])


def _write_funding(folder: Path) -> None:
    folder.mkdir()
    (folder / "BTCUSDT.csv").write_text("ts,rate\n1767225600000,0.0001\n1767254400000,0.0001\n")


def _run(tmp_path: Path, second_starts_us: int, basis_bps: float) -> None:
    starts_us = 1_767_225_600_000_000
    _write(tmp_path / "one", ["10000"] * 40, starts_us)
    _write(tmp_path / "two", ["10001"] * 40, starts_us + second_starts_us)
    _write_funding(tmp_path / "rates")
    main(
        first=tmp_path / "one",
        second=tmp_path / "two",
        first_funding=tmp_path / "rates",
        second_funding=tmp_path / "rates",
        symbols="BTCUSDT",
        basis_bps=basis_bps,
    )


def test_the_command_prints_one_row_a_symbol(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Candles of both folders that share an instant are counted, and none pays at one bps."""
    _run(tmp_path, 10 * 900_000_000, 0.0)
    assert "| BTCUSDT | 30 | 1.00 | 1.00 | 1.00 | 0 | 0 | – | 0.0 |" in capsys.readouterr().out


def test_a_seeded_difference_is_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a difference exists the same rule enters and leaves."""
    _run(tmp_path, 0, 60.0)
    cells = capsys.readouterr().out.splitlines()[-1].split("|")
    assert int(cells[6]) > 0
    assert int(cells[7]) > 0


def test_folders_that_do_not_overlap_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a common candle there is no table: a sentence says what to give."""
    with pytest.raises(typer.Exit):
        _run(tmp_path, 1_000 * 900_000_000, 0.0)
    assert "no candle is in both folders" in capsys.readouterr().err
