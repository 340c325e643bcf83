"""A market that does what a test says: one-minute candles through given prices, as a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

__all__ = ["write_market"]

FIRST_MS = 1_760_000_040_000


def write_market(file: Path, closes: Sequence[Decimal]) -> None:
    """Write candles that open at the close before and touch nothing beyond the two."""
    lines = ["ts,open,high,low,close,volume"]
    before = closes[0]
    for number, close in enumerate(closes):
        low, high = min(before, close), max(before, close)
        lines.append(f"{FIRST_MS + 60_000 * number},{before},{high},{low},{close},5000")
        before = close
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
