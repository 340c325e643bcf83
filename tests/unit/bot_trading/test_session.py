"""One whole run: started, traded, stopped, and accounted for to the last decimal."""

from __future__ import annotations

import asyncio
import io
from decimal import Decimal

import pytest
from rich.console import Console

from bot_trading import settings
from bot_trading.dry_run import dry_run_exchange
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.session import Session, run_session
from bot_trading.storage import schema
from bot_trading.storage.database import Database


async def test_a_short_run_trades_and_adds_up(database_url: str) -> None:
    """At ×600 some seconds hold an hour; fills, legs and wallet agree at its end."""
    await schema.upgrade(database_url)
    chosen = settings.load()
    fast = chosen.dry_run.model_copy(update={"speed": Decimal(600)})
    output = io.StringIO()
    async with dry_run_exchange(chosen.model_copy(update={"dry_run": fast}), None) as exchange:
        session = Session(
            settings=exchange.settings,
            account="short-run",
            database_url=database_url,
            credentials=exchange.credentials,
            duration_s=6,
            console=Console(file=output, width=120),
        )
        result = await run_session(session, asyncio.Event())
    assert result["problems"] == []
    assert result["account"] == "short-run"
    assert result["balance"]["missing"] == {}
    assert Decimal(result["balance"]["equity_usdt"]) > 0
    assert sum(leg["entries"] for leg in result["legs"].values()) > 0
    assert "market 20" in output.getvalue()
    database = Database(database_url)
    await database.connect()
    [status] = await database.read_status("short-run")
    await database.close()
    assert status.component == "core"


async def test_a_run_ends_when_it_is_told_to(database_url: str) -> None:
    """Long before its duration is over, and still accounted for."""
    await schema.upgrade(database_url)
    stop = asyncio.Event()
    async with dry_run_exchange(settings.load(), None) as exchange:
        session = Session(
            settings=exchange.settings,
            account="stopped-run",
            database_url=database_url,
            credentials=exchange.credentials,
            duration_s=600,
            console=Console(file=io.StringIO()),
        )
        asyncio.get_running_loop().call_later(1, stop.set)
        result = await run_session(session, stop)
    assert result["problems"] == []
    assert result["duration_s"] < 60


async def test_a_run_that_breaks_in_its_audit_still_stops_its_engine(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's lock is free again, so the next start is not refused."""

    async def broken(engine: TradingEngine) -> tuple[str, ...]:
        raise ZeroDivisionError("ours")

    await schema.upgrade(database_url)
    monkeypatch.setattr(TradingEngine, "audit", broken)
    async with dry_run_exchange(settings.load(), None) as exchange:
        session = Session(
            settings=exchange.settings,
            account="broken-run",
            database_url=database_url,
            credentials=exchange.credentials,
            duration_s=0.2,
            console=Console(file=io.StringIO()),
        )
        with pytest.raises(ZeroDivisionError):
            await run_session(session, asyncio.Event())
    database = Database(database_url)
    await database.open("broken-run")
    await database.close()
