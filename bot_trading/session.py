"""One run of a core: start, show, write heartbeats, stop, and say whether everything adds up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import psutil
from rich.console import Console
from rich.live import Live

from bot_trading.alerting import alert_desk, follow_lines
from bot_trading.domain.fill import Fill
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import Order, OrderPurpose
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.status import CoreStatus
from bot_trading.engine.bootstrap import (
    AnyCredentials,
    build_database,
    build_engine,
    build_exchanges,
)
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import ExchangeError, StoreError
from bot_trading.exchanges.manager import ExchangeManager
from bot_trading.halt_sign import sign_folder
from bot_trading.halt_watch import heeding_signs
from bot_trading.ops.terminal import live_view, plain_line
from bot_trading.portfolio.audit import fills_differences
from bot_trading.quiet_collection import collect_when_quiet, settle
from bot_trading.settings import Settings
from bot_trading.storage.reading_exits import ExitCounts

__all__ = ["CORE", "Session", "run_session"]

CORE = "core"
_REFRESH_S = 0.5
_PLAIN_EVERY_S = 5.0
_HEARTBEAT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What one run is given."""

    settings: Settings
    account: str
    database_url: str
    credentials: Mapping[str, AnyCredentials]
    duration_s: float | None
    console: Console


async def run_session(session: Session, stop: asyncio.Event) -> dict[str, Any]:
    """Trade until the duration is over, `stop` is set, or the engine fails; the summary of the run.

    Raises what `TradingEngine.start` raises when the start is refused, and what ended the engine
    when it failed; connections are closed in every case.
    """
    database = build_database(session.database_url)
    exchanges = build_exchanges(session.settings, session.credentials, account=session.account)
    # codelint: ok D08 because models are read once, before the engine runs in this loop
    engine = build_engine(
        session.settings, session.account, database, session.credentials, exchanges=exchanges
    )
    async with heeding_signs(engine, sign_folder(session.settings.logging.folder)):
        return await _run(session, engine, exchanges, stop)


async def _run(
    session: Session, engine: TradingEngine, exchanges: ExchangeManager, stop: asyncio.Event
) -> dict[str, Any]:
    """The run from the engine's start to its end, and what is read back afterwards."""
    desk = alert_desk(session.settings.alerts, session.account, os.environ)
    await engine.start()
    settle()
    started_s = time.monotonic()
    side_tasks = [
        asyncio.create_task(_heartbeats(engine, session)),
        asyncio.create_task(_show(engine, session, started_s)),
        asyncio.create_task(collect_when_quiet(lambda: engine.loop.is_busy)),
    ]
    if desk is not None:
        level = session.settings.alerts.level
        side_tasks.append(asyncio.create_task(follow_lines(engine, desk, level)))
    is_clean = False
    try:
        failure = await _until_over(engine, session.duration_s, stop)
        problems = [f"the engine failed: {failure}"] if failure else []
        problems += await _audit(engine)
        money = await _money(exchanges)
    finally:
        for task in side_tasks:
            task.cancel()
        await asyncio.gather(*side_tasks, return_exceptions=True)
        is_clean = await engine.stop()
    # What filled while the engine stopped is in its state and in the store alike.
    status = engine.status()
    if not is_clean:
        problems.append("some events or rows were still under way when the run ended")
    stored = await _read_back(session, problems)
    if stored is not None:
        problems += _stored_problems(stored, status)
    return {
        **_summary(session, status, time.monotonic() - started_s),
        "balance": money,
        "signals_decided": engine.decided,
        "legs": _per_leg(stored) if stored is not None else {},
        "problems": problems,
    }


async def _until_over(
    engine: TradingEngine, duration_s: float | None, stop: asyncio.Event
) -> BaseException | None:
    """Wait for whichever comes first; what ended the engine, if that was it."""
    waits = [asyncio.create_task(engine.wait()), asyncio.create_task(stop.wait())]
    try:
        done, _ = await asyncio.wait(waits, timeout=duration_s, return_when=asyncio.FIRST_COMPLETED)
        return waits[0].exception() if waits[0] in done else None
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _heartbeats(engine: TradingEngine, session: Session) -> None:
    """Write what the core says of itself, on a connection of its own."""
    database = build_database(session.database_url)
    await database.connect()
    try:
        while True:
            detail = msgspec.to_builtins(engine.status())
            with contextlib.suppress(StoreError):
                await database.heartbeat(CORE, detail, account=session.account)
            await asyncio.sleep(_HEARTBEAT_S)
    finally:
        await database.close()


async def _show(engine: TradingEngine, session: Session, started_s: float) -> None:
    """A live view on a terminal, a plain line every few seconds elsewhere."""
    if not session.console.is_terminal:
        while True:
            await asyncio.sleep(_PLAIN_EVERY_S)
            session.console.print(plain_line(engine.status()), soft_wrap=True)
    with Live(console=session.console, auto_refresh=False) as live:
        while True:
            left_s = None
            if session.duration_s is not None:
                left_s = session.duration_s - (time.monotonic() - started_s)
            live.update(live_view(engine.status(), engine.lines, left_s), refresh=True)
            await asyncio.sleep(_REFRESH_S)


async def _audit(engine: TradingEngine) -> list[str]:
    try:
        return list(await engine.audit())
    except ExchangeError as error:
        return [f"the exchange could not be asked at the end: {error}"]


async def _money(exchanges: ExchangeManager) -> dict[str, Any]:
    """Equity at the end, over the exchanges that answer; a sum that lacks one says which."""
    total = await exchanges.get_total_balance()
    return {"equity_usdt": str(total.equity), "missing": dict(total.missing)}


@dataclass(frozen=True, slots=True)
class _Stored:
    """The rows that a run left behind."""

    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    legs: Mapping[LegId, PositionLeg]
    exits: Mapping[LegId, ExitCounts]


async def _read_back(session: Session, problems: list[str]) -> _Stored | None:
    """Read the rows again, as a later start would; a failure is a problem of the run."""
    database = build_database(session.database_url)
    try:
        await database.open(session.account)
        return _Stored(
            tuple(saved.order for saved in await database.fetch_orders()),
            await database.fetch_fills(),
            {leg.leg_id: leg for leg in await database.fetch_legs()},
            await database.fetch_exit_counts(),
        )
    except StoreError as error:
        problems.append(f"the database could not be read at the end: {error}")
        return None
    finally:
        await database.close()


def _stored_problems(stored: _Stored, status: CoreStatus) -> list[str]:
    """Fills, stored legs and the core's own legs must tell the same."""
    problems = [
        f"{leg_id}: fills sum to {fills}, the stored leg holds {leg}"
        for leg_id, fills, leg in fills_differences(stored.fills, stored.legs)
    ]
    held = {
        LegId(leg.exchange, leg.symbol, PositionIdx(leg.position_idx)): leg for leg in status.legs
    }
    for leg_id in sorted(held.keys() | stored.legs.keys()):
        ours = held[leg_id].quantity if leg_id in held else Decimal(0)
        theirs = stored.legs[leg_id].quantity if leg_id in stored.legs else Decimal(0)
        if ours != theirs:
            problems.append(f"{leg_id}: the core held {ours}, stored is {theirs}")
    return problems


def _summary(session: Session, status: CoreStatus, duration_s: float) -> dict[str, Any]:
    """The run in numbers, as other programs read it."""
    result = sum(
        (leg.realized_pnl - leg.commission + leg.funding for leg in status.legs), Decimal(0)
    )
    return {
        "version": 1,
        "account": session.account,
        "duration_s": round(duration_s, 3),
        "result_usdt": str(result),
        "memory_mb": round(psutil.Process(os.getpid()).memory_info().rss / 1_048_576, 1),
        "status": msgspec.to_builtins(status),
    }


def _per_leg(stored: _Stored) -> dict[str, dict[str, Any]]:
    """Per leg: fills by what they were for, moves of the stop, and levels of the ladder."""
    purposes = {order.client_order_id: order.purpose for order in stored.orders}
    counts: Counter[tuple[LegId, str]] = Counter(
        (fill.leg_id, _kind(fill, purposes)) for fill in stored.fills
    )
    return {
        _leg_name(leg_id, several=len({each.exchange for each in stored.legs}) > 1): {
            "quantity": str(leg.quantity),
            "lives": leg.episode,
            **{kind: counts[leg_id, kind] for kind in ("entries", "exits", "stops", "targets")},
            "stop_moves": _moved(stored, leg_id).stop_moves,
            "ladder_steps": _moved(stored, leg_id).ladder_steps,
        }
        for leg_id, leg in stored.legs.items()
    }


def _leg_name(leg_id: LegId, *, several: bool) -> str:
    """Symbol and index, and the exchange where there are `several`."""
    name = f"{leg_id.symbol}-{int(leg_id.position_idx)}"
    return f"{leg_id.exchange}:{name}" if several else name


def _moved(stored: _Stored, leg_id: LegId) -> ExitCounts:
    """What the tables tell of a leg; one that they do not name was left by its stop or target."""
    return stored.exits.get(leg_id) or ExitCounts(stop_moves=0, ladder_steps=0)


def _kind(fill: Fill, purposes: Mapping[str, OrderPurpose]) -> str:
    if fill.is_opening:
        return "entries"
    purpose = purposes.get(fill.client_order_id, OrderPurpose.UNKNOWN)
    return {OrderPurpose.STOP: "stops", OrderPurpose.TARGET: "targets"}.get(purpose, "exits")
