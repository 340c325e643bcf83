"""The tape of the comparison of v2 and v3 as files for simulators to replay."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from readiness.compatibility.tape import CANDLE_MS, END, START_MS, TAPES, SymbolTape

__all__ = ["Tape", "write_tape"]

WARM_UP = 200  # Candles of history.


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
    for tape in TAPES:
        _write(folder / f"{tape.symbol}.csv", tape, lead)
    script_ms = START_MS + (WARM_UP + lead) * CANDLE_MS
    end_ms = script_ms + END * CANDLE_MS
    return Tape(folder=folder, script_ms=script_ms, end_ms=end_ms, warm_up=WARM_UP)


def _write(file: Path, tape: SymbolTape, lead: int) -> None:
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(("ts", "open", "high", "low", "close", "volume"))
        previous = tape.base.quantize(tape.tick)
        for index in range(-WARM_UP - lead, END + 2):
            close = tape.close(index)
            high, low = max(previous, close) + tape.tick, min(previous, close) - tape.tick
            at = START_MS + (index + WARM_UP + lead) * CANDLE_MS
            writer.writerow((at, previous, high, low, close, 500))
            previous = close
