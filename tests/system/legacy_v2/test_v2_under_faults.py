"""What v2 does when its exchange misbehaves: its truths and its lies, for migrations to know."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

from legacy_v2.orders import Order
from legacy_v2.risk import RiskLimits, RiskManager
from legacy_v2.signals import SignalGenerator
from legacy_v2.sltp import Stop
from legacy_v2.storage import Storage
from legacy_v2.trading_engine import EngineSettings, TradingEngine
from tests.builders.aged_bot import run_v2, v2_exchange
from tests.builders.simulator_process import simulator_process

FAST = ("--seed", "11", "--speed", "120")
ONE_WAY = ("--position-mode", "one-way")


def _plan(folder: Path, faults: str) -> tuple[str, str]:
    file = folder / "plan.yaml"
    file.write_text(f"seed: 5\nfaults:\n{faults}", "utf-8")
    return ("--faults", str(file))


def _rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.mark.slow
async def test_fills_in_pieces_and_late_are_all_booked(database_url: str, tmp_path: Path) -> None:
    """Orders that fill in pieces, listed late or after refused reads, lose none of their trades."""
    faults = (
        "  - {fault: F18, pieces: 3}\n"
        "  - {fault: F16, lag_ms: 200, probability: 0.5}\n"
        '  - {fault: F9, variant: "502", where: /v5/order/realtime, probability: 0.3}\n'
    )
    async with simulator_process(*FAST, *ONE_WAY, *_plan(tmp_path, faults)) as announced:
        code, said = await run_v2(announced, database_url, "--poll", "0.1", "--duration", "12")
        assert code == 0, said
    pieces = _rows(
        database_url,
        "SELECT o.quantity = sum(t.quantity::numeric), count(*) FROM orders o"
        " JOIN trades t ON t.order_id = o.id GROUP BY o.id",
    )
    assert len(pieces) >= 3
    assert {is_whole for is_whole, _ in pieces} == {True}
    assert min(count for _, count in pieces) >= 3


@pytest.mark.slow
async def test_on_a_hedge_account_every_order_is_rejected(database_url: str) -> None:
    """v2 records each refusal with its words, holds nothing, and goes on."""
    async with simulator_process(*FAST, "--position-mode", "hedge") as announced:
        code, said = await run_v2(announced, database_url, "--poll", "0.1", "--duration", "12")
        assert code == 0, said
    statuses = _rows(
        database_url,
        "SELECT o.status, left(e.error, 6), e.exchange_order_id, count(s.id) = count(*)"
        " FROM orders o JOIN exchange_orders e ON e.order_id = o.id"
        " LEFT JOIN signals s ON s.order_id = o.id GROUP BY 1, 2, 3",
    )
    assert statuses == [("Rejected", "10001 ", None, True)]
    assert _rows(database_url, "SELECT count(*) FROM positions") == [(0,)]


@pytest.mark.slow
async def test_after_a_lost_answer_the_books_are_wrong(database_url: str, tmp_path: Path) -> None:
    """The exchange holds what v2's tables do not: why legs are taken from the exchange alone."""
    plan = _plan(tmp_path, "  - {fault: F1, where: /v5/order/create, probability: 1}\n")
    async with simulator_process(*FAST, *ONE_WAY, *plan) as announced:
        code, said = await run_v2(announced, database_url, "--poll", "0.1", "--duration", "12")
        assert code == 0, said
        held = await asyncio.to_thread(v2_exchange(announced).get_positions)
    assert held != {}
    assert _rows(database_url, "SELECT DISTINCT status FROM orders") == [("Error",)]
    assert _rows(database_url, "SELECT count(*) FROM positions") == [(0,)]
    assert _rows(database_url, "SELECT count(*) FROM trades") == [(0,)]


@pytest.mark.slow
async def test_refused_reads_do_not_end_the_bot(database_url: str, tmp_path: Path) -> None:
    """A poll that fails is told and skipped; the next one trades."""
    faults = '  - {fault: F9, variant: "502", where: /v5/market/kline, probability: 0.5}\n'
    async with simulator_process(*FAST, *ONE_WAY, *_plan(tmp_path, faults)) as announced:
        code, said = await run_v2(announced, database_url, "--poll", "0.1", "--duration", "12")
        assert code == 0, said
    assert "HTTP 502 from /v5/market/kline" in said
    assert _rows(database_url, "SELECT count(*) > 0 FROM orders WHERE status = 'Filled'") == [
        (True,)
    ]


def _engine(announced: dict[str, Any], storage: Storage) -> TradingEngine:
    exchange = v2_exchange(announced)
    return TradingEngine(
        exchange,
        RiskManager(exchange, RiskLimits()),
        SignalGenerator(5, 12, 3, 60),
        storage,
        EngineSettings(symbols=("BTCUSDT",), poll_s=0.05, is_draining=True),
    )


def _open_and_store(announced: dict[str, Any], storage: Storage, size: float) -> None:
    """A long position on the exchange, and its rows with a horizon that is long over."""
    exchange = v2_exchange(announced)
    order = exchange.place_order(
        Order(symbol="BTCUSDT", side="Buy", quantity=size, price=1.0, reason="entry")
    )
    (fill,) = exchange.get_fills(order)
    stop = Stop(
        side="Buy",
        stop_loss=1.0,
        take_profit=1e9,
        opened_at=fill.executed_at - timedelta(days=30),
    )
    order_id = storage.save_order(order, [fill], [0.0])
    storage.open_position("BTCUSDT", size, fill.price, stop)
    storage.save_stop("BTCUSDT", order_id, size, stop)


async def test_a_position_that_somebody_closed_is_gone(database_url: str) -> None:
    """v2 sends nothing for a position that the exchange does not have, and marks it gone."""

    def work(announced: dict[str, Any]) -> None:
        storage = Storage(database_url)
        _open_and_store(announced, storage, 0.01)
        v2_exchange(announced).place_order(
            Order(symbol="BTCUSDT", side="Sell", quantity=0.01, price=1.0, reason="by hand")
        )
        engine = _engine(announced, storage)
        engine.start()
        engine.run(30, Event())
        storage.close()
        assert v2_exchange(announced).get_positions() == {}

    async with simulator_process(*ONE_WAY, "--seed", "3") as announced:
        await asyncio.to_thread(work, announced)
    assert _rows(database_url, "SELECT is_open, exit_price FROM positions") == [(0, None)]
    assert _rows(database_url, "SELECT status, close_order_id FROM sltp_orders") == [("gone", None)]
    assert _rows(database_url, "SELECT count(*) FROM orders") == [(1,)]


async def test_a_close_takes_what_the_exchange_holds(database_url: str) -> None:
    """v2 closes the exchange's size, not its own: what somebody added is closed along."""

    def work(announced: dict[str, Any]) -> None:
        storage = Storage(database_url)
        _open_and_store(announced, storage, 0.01)
        v2_exchange(announced).place_order(
            Order(symbol="BTCUSDT", side="Buy", quantity=0.005, price=1.0, reason="by hand")
        )
        engine = _engine(announced, storage)
        engine.start()
        engine.run(30, Event())
        storage.close()
        assert v2_exchange(announced).get_positions() == {}

    async with simulator_process(*ONE_WAY, "--seed", "3") as announced:
        await asyncio.to_thread(work, announced)
    closing = "SELECT side, quantity::float8, status FROM orders ORDER BY id DESC LIMIT 1"
    assert _rows(database_url, closing) == [("Sell", 0.015, "Filled")]
    assert _rows(database_url, "SELECT status FROM sltp_orders") == [("timeout",)]


async def test_a_set_event_ends_the_loop(database_url: str) -> None:
    """Told to stop before it began, the engine polls nothing and leaves the position open."""

    def work(announced: dict[str, Any]) -> None:
        storage = Storage(database_url)
        _open_and_store(announced, storage, 0.01)
        engine, stop = _engine(announced, storage), Event()
        engine.start()
        stop.set()
        engine.run(None, stop)
        storage.close()
        assert v2_exchange(announced).get_positions()["BTCUSDT"].size == 0.01

    async with simulator_process(*ONE_WAY, "--seed", "3") as announced:
        await asyncio.to_thread(work, announced)
    assert _rows(database_url, "SELECT is_open FROM positions") == [(1,)]
