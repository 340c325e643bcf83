"""Bots are measured over real sockets, by turns."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from exchange_simulator.record import events
from readiness.speed.bots import SYMBOLS, bundled
from readiness.speed.candles import told
from readiness.speed.race import Race, measure
from readiness.wire.bots import BotFailed

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_both_bots_are_measured(tmp_path: Path, postgres_url: str) -> None:
    """Each follows candles of each symbol, and takes memory and time; a market rests by turns."""
    race = Race(folder=tmp_path, server_url=postgres_url, seconds=8, blocks=2)
    for bot in await measure(race, bundled(ROOT, tmp_path)):
        assert {sample.symbol for sample in bot.series.samples} == set(SYMBOLS)
        assert all(0 < took_ms < 2_000 for took_ms in bot.latencies_ms)
        assert bot.series.candles >= len(bot.series.samples)
        assert bot.memory_mib > 10
        assert bot.cpu_s > 0
        assert bot.series.sends_ms
    recorded = events(tmp_path / "speed-v3.recording.gz")
    closed_us = [event["wall_us"] for event in recorded if told(event)]
    gaps_s = [(after - before) / 1e6 for before, after in pairwise(closed_us)]
    assert max(gaps_s) > 3.5


async def test_a_bot_that_ends_is_told_by_its_name(tmp_path: Path, postgres_url: str) -> None:
    """Its last words too, and the other one is ended."""
    _, new = bundled(ROOT, tmp_path)
    command = (sys.executable, "-c", "raise SystemExit('no luck today')")
    broken = replace(new, name="mine", bot=replace(new.bot, command=command))
    race = Race(folder=tmp_path, server_url=postgres_url, seconds=4, blocks=2)
    with pytest.raises(BotFailed, match=r"mine: the bot ended by itself with 1 .*no luck today"):
        await measure(race, [broken])


async def test_a_command_with_an_unknown_place_is_told(tmp_path: Path, postgres_url: str) -> None:
    """Before anything is started."""
    _, new = bundled(ROOT, tmp_path)
    broken = replace(new, bot=replace(new.bot, command=("bot", "{somewhere}")))
    race = Race(folder=tmp_path, server_url=postgres_url, seconds=4, blocks=2)
    with pytest.raises(BotFailed, match="somewhere"):
        await measure(race, [broken])
