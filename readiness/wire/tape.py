"""A market made to measure: it rises slowly, falls through every stop, and does so again and again.

Both ways: every second wave is turned over, so that short legs are driven through their stops too.
"""

from __future__ import annotations

import csv
from itertools import cycle
from pathlib import Path

__all__ = ["CASCADE_RATIO", "write_cascades"]

START_MS = 1_767_571_200_000  # 2026-01-05T00:00:00Z, a Monday, as the generated market has it.
MINUTE_MS = 60_000
HISTORY = 203  # Flat candles before it begins: what bots read at their start, and a breath.
CASCADE_RATIO = 0.045  # A stop within four percent of its entry is reached.
CANDLES = 1_200
# Per minute, in parts of the price: a rise that a follower of trends enters, a rest, and a fall
# that takes back more than the rise; then the same turned over.
RISE, REST, FALL = 0.0022, 0.0, CASCADE_RATIO / 3
WAVE = (*(RISE,) * 9, *(REST,) * 2, *(-FALL,) * 3, *(REST,) * 6)
STARTS = {"BTCUSDT": 60_000, "ETHUSDT": 3_000}  # Whole hundreds and units of the tick.


def write_cascades(folder: Path) -> Path:
    """One file of candles per symbol in this folder, which is made; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for symbol, start in STARTS.items():
        with (folder / f"{symbol}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["ts", "open", "high", "low", "close", "volume"])
            rows.writerows(_candles(start))
    return folder


def _candles(start: float) -> list[list[object]]:
    rows: list[list[object]] = []
    last = start
    steps = cycle((*WAVE, *(-step for step in WAVE)))
    for number in range(HISTORY + CANDLES):
        step = next(steps) if number >= HISTORY else 0.0004 * (1 if number % 2 else -1)
        close = round(last * (1 + step), 1)
        # Two ends of a candle that moved are its extremes: nothing happens beside the wave.
        rows.append(
            [START_MS + number * MINUTE_MS, last, max(last, close), min(last, close), close, 50]
        )
        last = close
    return rows
