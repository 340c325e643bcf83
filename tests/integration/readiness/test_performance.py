"""Both bots are measured over real sockets, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.speed.bots import SYMBOLS, measure_bots

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_both_bots_are_measured(tmp_path: Path, postgres_url: str) -> None:
    """Each follows candles of each symbol within the candle, and takes memory and time."""
    for bot in await measure_bots(ROOT, tmp_path, postgres_url, seconds=10):
        assert {sample.symbol for sample in bot.series.samples} == set(SYMBOLS)
        assert all(0 < took_ms < 2_000 for took_ms in bot.latencies_ms)
        assert bot.series.candles >= len(bot.series.samples)
        assert bot.memory_mib > 10
        assert bot.cpu_s > 0
