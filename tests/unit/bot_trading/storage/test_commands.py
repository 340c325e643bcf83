"""Backup and restore as commands, from one database into another, refused in one sentence."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest

from bot_trading.domain.account import TradingState
from bot_trading.domain.messages import Record, TradingStateChanged
from bot_trading.storage import commands, schema
from bot_trading.storage.database import Database
from readiness.scratch_database import create_scratch_database, drop_database
from tests.builders.core import NOW_US


def _run(monkeypatch: pytest.MonkeyPatch, url: str, *arguments: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["storage", *arguments])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    if ended.value.code:
        raise RuntimeError(f"ended with {ended.value.code}")


async def _halted(url: str) -> None:
    """A database in which one state of trading is kept."""
    await schema.upgrade(url)
    row = TradingStateChanged(state=TradingState.HALTED, who="me", why="odd", ts_init_us=NOW_US)
    database = Database(url)
    await database.open("main")
    await database.commit([Record(row=row, ts_init_us=NOW_US)])
    await database.close()


async def _state(url: str) -> TradingState:
    database = Database(url)
    await database.open("main")
    stored = await database.load()
    await database.close()
    return stored.trading_state


def test_a_backup_goes_from_one_database_into_another(
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The second one is brought to this release's schema, and what to do next is said."""
    path = str(tmp_path / "saved")
    urls = [asyncio.run(create_scratch_database(postgres_url)) for _ in range(2)]
    try:
        asyncio.run(_halted(urls[0]))
        _run(monkeypatch, urls[0], "backup", "--to", path)
        said = capsys.readouterr().out
        assert "1 rows of" in said
        assert "NOT in it" not in said
        _run(monkeypatch, urls[1], "restore", "--from", path)
        assert "Start the bot" in capsys.readouterr().out
        assert asyncio.run(_state(urls[1])) is TradingState.HALTED
        with pytest.raises(RuntimeError, match="ended with 2"):
            _run(monkeypatch, urls[1], "restore", "--from", path)
        complaint = capsys.readouterr().err
        assert "StoreError: trading_states holds rows already" in complaint
        assert complaint.count("\n") == 1
    finally:
        for url in urls:
            asyncio.run(drop_database(postgres_url, url))


def test_what_a_backup_leaves_out_is_said(
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before the old database is thrown away."""
    url = asyncio.run(create_scratch_database(postgres_url))
    try:
        asyncio.run(_with_records_of_a_migration(url))
        _run(monkeypatch, url, "backup", "--to", str(tmp_path / "saved"))
    finally:
        asyncio.run(drop_database(postgres_url, url))
    assert "NOT in it, as they are not the bot's: migration.key_map." in capsys.readouterr().out


async def _with_records_of_a_migration(url: str) -> None:
    await schema.upgrade(url)
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE SCHEMA migration; CREATE TABLE migration.key_map (old int)")
    await connection.close()
