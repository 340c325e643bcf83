"""A tape that leads both bots through every decision they share: entries, additions, a limit, a
stop, a target, a horizon and a turn, on two symbols, with the price still wherever rounding or a
late poll could make a decision a matter of luck."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

__all__ = ["CANDLE_MS", "START_MS", "Tape", "write_tape"]

START_MS = 1_767_571_200_000  # 2026-01-05, UTC.
CANDLE_MS = 60_000
WARM_UP, END = 200, 48  # Candles of history, and of the script.
# From which candle of the script on the price is how many basis points above its base.
BITCOIN = ((0, 20), (8, 120), (16, 50), (24, 70))
ETHER = ((0, 20), (4, 40), (8, 60), (20, 40), (28, -70), (36, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """Where the files lie, and when the script begins and ends, in market time."""

    folder: Path
    script_ms: int
    end_ms: int
    warm_up: int


def write_tape(folder: Path, lead: int) -> Tape:
    """Write one file per symbol into the folder; `lead` candles go by before the script begins."""
    folder.mkdir()
    _write(folder / "BTCUSDT.csv", BITCOIN, lead, Decimal(60_000), Decimal("0.1"))
    _write(folder / "ETHUSDT.csv", ETHER, lead, Decimal(3_000), Decimal("0.01"))
    script_ms = START_MS + (WARM_UP + lead) * CANDLE_MS
    end_ms = script_ms + END * CANDLE_MS
    return Tape(folder=folder, script_ms=script_ms, end_ms=end_ms, warm_up=WARM_UP)


def _write(
    file: Path, script: tuple[tuple[int, int], ...], lead: int, base: Decimal, tick: Decimal
) -> None:
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(("ts", "open", "high", "low", "close", "volume"))
        previous = base
        for index in range(-WARM_UP - lead, END + 2):
            close = base * (10_000 + _level_bps(script, index)) / 10_000
            high, low = max(previous, close) + tick, min(previous, close) - tick
            at = START_MS + (index + WARM_UP + lead) * CANDLE_MS
            prices = [price.quantize(tick) for price in (previous, high, low, close)]
            writer.writerow((at, *prices, 500))
            previous = close


def _level_bps(script: tuple[tuple[int, int], ...], index: int) -> int:
    return next((bps for start, bps in reversed(script) if index >= start), 0)
