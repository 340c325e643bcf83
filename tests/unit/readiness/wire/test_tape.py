"""The market that falls: files that the simulator takes, and a fall that no near stop survives."""

from __future__ import annotations

import csv
from pathlib import Path

from exchange_simulator.world import WorldOptions, build_world
from readiness.wire.tape import CASCADE_RATIO, HISTORY, WAVE, write_cascades


def closes_of(folder: Path, symbol: str) -> list[float]:
    """Every close."""
    with (folder / f"{symbol}.csv").open(encoding="utf-8") as file:
        return [float(row["close"]) for row in csv.DictReader(file)]


def test_the_simulator_takes_it(tmp_path: Path) -> None:
    """Candles without a gap, with warm-up before them, for both symbols."""
    folder = write_cascades(tmp_path / "new" / "tape")
    world = build_world(WorldOptions(replay=(folder,), symbols=("BTCUSDT", "ETHUSDT")), 0)
    assert sorted(world["bybit"].exchange.markets) == ["BTCUSDT", "ETHUSDT"]


def test_each_wave_falls_through_a_stop_and_the_next_rises_through_one(tmp_path: Path) -> None:
    """Long legs that the rise led into are caught, then short ones by the wave turned over."""
    closes = closes_of(write_cascades(tmp_path), "BTCUSDT")
    first = closes[HISTORY : HISTORY + len(WAVE)]
    second = closes[HISTORY + len(WAVE) : HISTORY + 2 * len(WAVE)]
    fall = 1 - first[-1] / max(first)
    assert abs(fall - CASCADE_RATIO) < 0.002
    assert second[-1] / min(second) - 1 > CASCADE_RATIO - 0.002


def test_it_never_runs_away(tmp_path: Path) -> None:
    """Hours later the price is still near where it began: waves cancel each other."""
    closes = closes_of(write_cascades(tmp_path), "ETHUSDT")
    assert min(closes) / closes[0] > 0.7
    assert max(closes) / closes[0] < 1.4
