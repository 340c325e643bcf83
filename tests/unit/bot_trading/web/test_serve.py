"""Showing the status of cores from the database."""

from __future__ import annotations

import io

import msgspec
from rich.console import Console

from bot_trading.engine.report import report_status
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from bot_trading.web.serve import show_status
from tests.builders.core import a_ready_state


async def _shown(url: str) -> str:
    output = io.StringIO()
    await show_status(url, Console(file=output, width=100))
    return output.getvalue()


async def test_status_shows_what_cores_wrote(database_url: str) -> None:
    """Nothing before the first one did."""
    await schema.upgrade(database_url)
    assert "no core has written a status" in await _shown(database_url)
    database = Database(database_url)
    await database.connect()
    detail = msgspec.to_builtins(report_status(a_ready_state()))
    await database.heartbeat("core", detail, account="test")
    await database.close()
    text = await _shown(database_url)
    assert "test: running, last word 0 s ago" in text
    assert "BTCUSDT 50000" in text
