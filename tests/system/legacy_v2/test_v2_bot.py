"""The v2 bot over real sockets and a real PostgreSQL: it trades, and its history adds up."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from legacy_v2.orders import Order
from tests.builders.aged_bot import run_v2, v2_exchange, v2_process
from tests.builders.simulator_process import simulator_process

FAST = ("--position-mode", "one-way", "--seed", "11", "--speed", "120")
POLL = ("--poll", "0.1")


def _rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.mark.slow
async def test_what_v2_did_adds_up(database_url: str) -> None:
    """Orders, trades, positions, wallet and the exchange tell the same after a generated market."""
    async with simulator_process(*FAST) as announced:
        code, said = await run_v2(announced, database_url, *POLL, "--duration", "15")
        assert code == 0, said
        exchange = v2_exchange(announced)
        positions = await asyncio.to_thread(exchange.get_positions)
        wallet, _ = await asyncio.to_thread(exchange.get_balance)
    _expect_trades_explain_orders(database_url)
    _expect_positions_are_the_exchanges(
        database_url, {row.symbol: (row.side, row.size) for row in positions.values()}
    )
    ((result, fees),) = _rows(database_url, "SELECT sum(realized_pnl), sum(fee) FROM trades")
    assert wallet == pytest.approx(100_000 + result - fees, abs=1e-5)
    ((waits,),) = _rows(
        database_url, "SELECT min(extract(epoch FROM ordered_at - received_at)) FROM signals"
    )
    assert waits > 0


def _expect_trades_explain_orders(url: str) -> None:
    orders = _rows(
        url,
        """
        SELECT o.id, o.quantity, o.side, o.symbol, sum(t.quantity::numeric),
               min(t.side), min(t.symbol)
        FROM orders o JOIN trades t ON t.order_id = o.id WHERE o.status = 'Filled' GROUP BY o.id
        """,
    )
    assert len(orders) >= 6
    for _, quantity, side, symbol, filled, filled_side, filled_symbol in orders:
        assert (filled, filled_side, filled_symbol) == (quantity, side, symbol)
    assert _rows(url, "SELECT count(*) FROM orders WHERE status <> 'Filled'") == [(0,)]
    reasons = {reason for (reason,) in _rows(url, "SELECT reason FROM exchange_orders")}
    assert "entry" in reasons
    assert reasons & {"stop_loss", "take_profit", "timeout", "reverse"}


def _expect_positions_are_the_exchanges(url: str, held: dict[str, tuple[str, float]]) -> None:
    rows = _rows(url, "SELECT symbol, side, size FROM positions WHERE is_open = 1")
    assert {symbol: (side, round(size, 8)) for symbol, side, size in rows} == held
    assert {symbol for symbol, _, _ in rows} == {
        symbol for (symbol,) in _rows(url, "SELECT symbol FROM sltp_orders WHERE status = 'active'")
    }


@pytest.mark.slow
async def test_orders_are_plain_market_orders(database_url: str) -> None:
    """On the wire an order has no leg, no reduce-only flag and no id of its own: that is v2."""
    async with simulator_process(*FAST) as announced:
        code, said = await run_v2(announced, database_url, *POLL, "--duration", "12")
        assert code == 0, said
        exchange = v2_exchange(announced)
        listed = await asyncio.to_thread(
            exchange._get, "/v5/order/history", category="linear", limit=50
        )
    sent = {row["orderId"]: row for row in listed["list"]}
    told = _rows(database_url, "SELECT exchange_order_id FROM exchange_orders")
    assert {order_id for (order_id,) in told} == set(sent)
    for row in sent.values():
        assert (row["positionIdx"], row["reduceOnly"], row["orderLinkId"]) == (0, False, "")
        assert row["orderType"] == "Market"
        assert row["stopLoss"] in ("", "0")


@pytest.mark.slow
async def test_a_restart_remembers_and_a_drain_ends_flat(database_url: str) -> None:
    """Stopped with open positions, v2 takes them up again; draining it closes them and ends."""
    async with simulator_process(*FAST) as announced:
        async with v2_process(announced, database_url, *POLL):
            await _until_something_is_open(database_url)
        exchange = v2_exchange(announced)
        assert await asyncio.to_thread(exchange.get_positions)
        before = _rows(database_url, "SELECT count(*) FROM signals")
        code, said = await run_v2(
            announced, database_url, *POLL, "--drain", "--horizon", "60", "--duration", "60"
        )
        assert code == 0, said
        assert await asyncio.to_thread(exchange.get_positions) == {}
    assert _rows(database_url, "SELECT count(*) FROM positions WHERE is_open = 1") == [(0,)]
    assert _rows(database_url, "SELECT count(*) FROM signals") == before


async def _until_something_is_open(url: str) -> None:
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(0.3)
            try:
                if _rows(url, "SELECT 1 FROM sltp_orders WHERE status = 'active'"):
                    return
            except psycopg.errors.UndefinedTable:
                continue


@pytest.mark.slow
async def test_candles_that_no_poll_saw_are_told(database_url: str) -> None:
    """A bot that polls once in three candles says how many it never looked at."""
    async with simulator_process(*FAST) as announced:
        code, said = await run_v2(announced, database_url, "--poll", "1.5", "--duration", "6")
    assert code == 0, said
    assert re.search(r"BTCUSDT: missed \d+ candles", said)


async def _place(announced: dict[str, Any]) -> Order:
    order = Order(symbol="BTCUSDT", side="Buy", quantity=0.01, price=1.0, reason="entry")
    return await asyncio.to_thread(v2_exchange(announced).place_order, order)


async def test_an_account_in_hedge_mode_refuses_v2() -> None:
    """Without a leg the order is rejected, and the order says with which words."""
    async with simulator_process("--position-mode", "hedge") as announced:
        order = await _place(announced)
    assert (order.status, order.exchange_order_id) == ("Rejected", None)
    assert order.error is not None
    assert order.error.startswith("10001 ")


async def test_a_lost_answer_is_an_error_and_nothing_is_asked(tmp_path: Path) -> None:
    """The order lives on the exchange, v2 calls it Error and holds no id: what v3 must not do."""
    plan = tmp_path / "plan.yaml"
    plan.write_text("faults:\n  - {fault: F1, times: 1}\n", "utf-8")
    async with simulator_process(*FAST, "--faults", str(plan)) as announced:
        order = await _place(announced)
        positions = await asyncio.to_thread(v2_exchange(announced).get_positions)
    assert (order.status, order.exchange_order_id) == ("Error", None)
    assert positions["BTCUSDT"].size == 0.01


async def test_bad_input_is_one_sentence(database_url: str) -> None:
    """A missing setting, a wrong key and a database that is away end with 2 and one sentence."""
    async with simulator_process(*FAST) as announced:
        cases = [
            ({"BYBIT_API_SECRET": ""}, "BYBIT_API_SECRET is not set"),
            ({"BYBIT_API_SECRET": "wrong"}, "the exchange failed: 10004"),
            ({"DATABASE_URL": "postgresql://x@/x?host=/nowhere"}, "the database failed: "),
        ]
        for environment, sentence in cases:
            code, said = await run_v2(announced, database_url, **environment)
            assert (code, len(said.splitlines())) == (2, 1), said
            assert sentence in said


async def test_a_symbol_that_is_not_traded_is_named(database_url: str) -> None:
    """v2 does not start with a symbol that the exchange does not list."""
    async with simulator_process(*FAST) as announced:
        code, said = await run_v2(announced, database_url, "--symbols", "NONEUSDT")
    assert code == 2
    assert "the exchange failed: " in said
