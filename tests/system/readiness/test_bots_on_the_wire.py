"""Bots of others on unmodified clients are judged on the wire, and so is the v2 bot."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from readiness.wire.bots import Bot, Stand, watch_bot
from readiness.wire.judge import judge_traffic
from readiness.wire.scenarios import Scenario
from tests.system.exchange_simulator.client_environments import client_python

ROOT = Path(__file__).resolve().parents[3]
BOTS = Path(__file__).with_name("bots")
V2 = Bot(
    command=(
        *(sys.executable, "-m", "legacy_v2", "--rest-url", "{rest_url}", "--poll", "0.2"),
        *("--api-key", "{api_key}", "--database-url", "{database_url}"),
    ),
    folder=ROOT,
    mode="one-way",
    environ={"BYBIT_API_SECRET": "{api_secret}", "BYBIT_API_KEY": "{api_key}"},
)


async def broken(
    bot: Bot, folder: Path, *, seconds: int, database_url: str = "", lost: bool = False
) -> set[str]:
    """The rules that the bot breaks on a calm day, or where the answers of orders are lost."""
    faults = ({"fault": "F1", "probability": 0.5, "times": 4},) if lost else ()
    session, *_ = await watch_bot(
        bot,
        bot.markets[0],
        Scenario(name="day", faults=faults, must_hit=("F1",) if lost else ()),
        Stand(folder=folder, tape=folder, speed=60, starting=asyncio.Semaphore(1)),
        seconds=seconds,
        database_url=database_url,
    )
    assert any(command.kind == "create" for command in session.traffic.commands)
    return {found.rule_id for found in judge_traffic(session.traffic, "day")}


async def test_a_pybit_bot_is_judged(tmp_path: Path) -> None:
    """A naive one names nothing, protects nothing, closes without the word; a careful one does."""
    line = (str(BOTS / "pybit_bot.py"), "{rest_url}", "{api_key}", "{api_secret}")
    naive = Bot(command=(sys.executable, *line, "naive"), folder=ROOT)
    careful = replace(naive, command=(*naive.command[:-1], "careful"))
    (tmp_path / "careful").mkdir()
    found = await asyncio.gather(
        broken(naive, tmp_path, seconds=8), broken(careful, tmp_path / "careful", seconds=8)
    )
    assert found == [{"W01", "W03", "W05"}, set()]


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("client", "market"), [("bybit", "bybit"), ("binanceusdm", "binance"), ("okx", "okx")]
)
async def test_a_ccxt_bot_is_judged(tmp_path: Path, client: str, market: str) -> None:
    """ccxt names its orders by itself on some exchanges; the stop is the bot's own affair."""
    python = await asyncio.to_thread(client_python, "ccxt")
    line = (str(BOTS / "ccxt_bot.py"), client, "{rest_url}", "{api_key}", "{api_secret}")
    bot = Bot(
        command=(str(python), "-W", "ignore", *line, "{passphrase}", "naive"),
        folder=ROOT,
        markets=(market,),
    )
    careful = replace(bot, command=(*bot.command[:-1], "careful"))
    (tmp_path / "careful").mkdir()
    naive, protected = await asyncio.gather(
        broken(bot, tmp_path, seconds=8), broken(careful, tmp_path / "careful", seconds=8)
    )
    assert "W05" in naive
    assert "W05" not in protected
    assert "W02" not in naive | protected


@pytest.mark.slow
async def test_the_sins_of_v2_are_found(tmp_path: Path, database_url: str) -> None:
    """One-way orders without a name, closed without the word, without a stop, and doubled."""
    found = await broken(V2, tmp_path, seconds=25, database_url=database_url, lost=True)
    assert {"W01", "W02", "W03", "W04", "W05"} <= found
