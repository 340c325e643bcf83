"""Live trading starts on a READY report of exactly this, on the exchange of the configuration.

The exchange is the simulator behind the configuration's own addresses: the launcher takes it for
the real one.
"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from bot_trading.release import release_of
from readiness.history import FORMAT, FORMAT_VERSION
from tests.builders.sessions import settings_for
from tests.builders.simulator_process import ROOT, simulator_process

WORDS = "trade live on bybit"


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """What a person has who may go live: configuration, keys, and the report of a verification."""
    market = ("--market", "bybit", "--symbols", "BTCUSDT,ETHUSDT", "--seed", "33")
    async with simulator_process(*market, "--speed", "300") as announced:
        settings = settings_for(announced)
        config = tmp_path / "bot.yaml"
        config.write_text(yaml.safe_dump(settings.model_dump(mode="json")), encoding="utf-8")
        report = tmp_path / "reports" / "one" / "report.json"
        report.parent.mkdir(parents=True)
        ended_at = datetime.now(UTC) - timedelta(hours=1)
        document = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "scope": "full",
            "ended_at": ended_at.isoformat(),
            "verdict": {"status": "READY"},
            "release": release_of(ROOT, config, settings.strategy.model.folder),
        }
        report.write_text(json.dumps(document), encoding="utf-8")
        place = announced["bybit"]
        yield {
            "options": (f"--config={config}", f"--report={tmp_path / 'reports'}"),
            "keys": {"BYBIT_API_KEY": place["api_key"], "BYBIT_API_SECRET": place["api_secret"]},
            "report": report,
        }


def _launch(
    start: dict[str, Any], database_url: str, *options: str, typed: str | None = None, **env: str
) -> tuple[int, str]:
    """Exit code and everything that was said; `typed` is entered on a terminal."""
    keys = {key: text for key, text in {**start["keys"], **env}.items() if text}
    ours, theirs = pty.openpty() if typed is not None else (-1, subprocess.DEVNULL)
    try:
        if typed is not None:
            os.write(ours, f"{typed}\n".encode())
        ended = subprocess.run(  # noqa: S603  # Our own door, with our own options.
            [sys.executable, "unified_launcher.py", "--live", *start["options"], *options],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url, **keys},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        for end in (ours, theirs):
            if typed is not None:
                os.close(end)
    return ended.returncode, ended.stdout


async def test_two_starts_are_one_account(
    start: dict[str, Any], database_url: str, tmp_path: Path
) -> None:
    """A typed confirmation and an unattended start trade on: the second knows the first one's legs,
    and both end with books that agree with the exchange."""
    legs = []
    for number, typed in enumerate((WORDS, None)):
        file = tmp_path / f"{number}.json"
        options = ("--duration=8", f"--summary={file}", *(() if typed else ("--unattended",)))
        code, said = _launch(start, database_url, *options, typed=typed)
        assert code == 0, said
        assert f"{WORDS}, account main: READY by {start['report']}" in said
        summary = json.loads(file.read_text())
        assert (summary["account"], summary["problems"]) == ("main", [])
        legs.append(summary["legs"])
    entries = [sum(leg["entries"] for leg in each.values()) for each in legs]
    assert 0 < entries[0] <= entries[1]
    connection = await asyncpg.connect(database_url)
    try:
        accounts = await connection.fetch("SELECT DISTINCT account FROM orders")
    finally:
        await connection.close()
    assert [row["account"] for row in accounts] == ["main"]


@pytest.mark.parametrize(
    ("typed", "options", "words"),
    [
        (None, (), "needs a typed confirmation"),
        ("trade live on okx", (), "the confirmation was another one: nothing was started"),
        (None, ("--unattended", "--replay=candles.csv"), "belong to a dry run"),
    ],
)
async def test_without_the_words_nothing_starts(
    start: dict[str, Any],
    database_url: str,
    typed: str | None,
    options: tuple[str, ...],
    words: str,
) -> None:
    """Nor with other words, nor with candles that were recorded; no table is even made."""
    code, said = _launch(start, database_url, *options, typed=typed)
    assert code == 2, said
    assert words in said
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("SELECT to_regclass('orders')") is None
    finally:
        await connection.close()


async def test_a_verdict_keys_and_the_very_same_files_are_needed(
    start: dict[str, Any], database_url: str
) -> None:
    """Each that is missing is named, and nothing is sent."""
    code, said = _launch(start, database_url, "--unattended", BYBIT_API_SECRET="")
    assert (code, "BYBIT_API_SECRET not set" in said) == (2, True), said
    document = json.loads(start["report"].read_text())
    start["report"].write_text(json.dumps(document | {"verdict": {"status": "NEEDS_FIXES"}}))
    code, said = _launch(start, database_url, "--unattended")
    assert (code, "ended NEEDS_FIXES" in said) == (2, True), said
    release = document["release"] | {"configuration": "0"}
    start["report"].write_text(json.dumps(document | {"release": release}))
    code, said = _launch(start, database_url, "--unattended")
    assert (code, "configuration differ from what" in said) == (2, True), said
