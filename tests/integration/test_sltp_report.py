"""The picture of a leg's life, drawn from a real database alone."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot_trading.domain.exits import LadderRung, ProtectionStep, RungStatus, StepStatus
from bot_trading.domain.fill import Fill
from bot_trading.domain.messages import Record
from bot_trading.domain.order import OrderPurpose, OrderSide, OrderStatus
from bot_trading.domain.position import LegProtection
from bot_trading.errors import ConfigError
from bot_trading.sltp_report import page, picture, read_life
from bot_trading.storage import schema
from bot_trading.storage.database import Database
from tests.builders.core import LONG, NOW_US, a_fill, an_order, d
from tests.builders.simulator_process import ROOT

SECOND_US = 1_000_000


def _life() -> list[Record]:
    """0.010 BTC entered at 50000; 0.002 left by the first level, the rest by the stop."""
    entry = an_order(status=OrderStatus.FILLED, filled_qty=d("0.010"), avg_px=d(50000))
    parts: dict[str, Any] = {
        "side": OrderSide.SELL,
        "reduce_only": True,
        "stop_loss": None,
        "take_profit": None,
    }
    level = replace(
        entry,
        client_order_id="tar-1",
        quantity=d("0.002"),
        filled_qty=d("0.002"),
        purpose=OrderPurpose.TARGET,
        **parts,
    )
    stop = replace(level, client_order_id="stop-1", quantity=d("0.008"), filled_qty=d("0.008"))
    rung = LadderRung(
        leg_id=LONG,
        episode=1,
        level=1,
        percent=d("1.2"),
        close_ratio=d("0.2"),
        quantity=d("0.002"),
        price=d(50600),
        filled_qty=d("0.002"),
        attempts=1,
        client_order_id="tar-1",
        price_seen=d(50600),
        status=RungStatus.FILLED,
        cause="level 1 <of> 1.2 % rests",
    )
    rows: list[tuple[int, object]] = [
        (0, entry),
        (0, a_fill()),
        (0, _step("49700", StepStatus.ATTACHED, "entry", "50000")),
        (30, level),
        (30, _exit("t-2", "tar-1", "0.002", "50600")),
        (30, rung),
        (31, _step("50075", StepStatus.SET, "break-even", "50610")),
        (60, stop),
        (60, _exit("t-3", "stop-1", "0.008", "50075")),
    ]
    return [Record(row=row, ts_init_us=NOW_US + at * SECOND_US) for at, row in rows]  # type: ignore[arg-type]


def _step(stop: str, status: StepStatus, cause: str, price: str) -> ProtectionStep:
    protection = LegProtection(leg_id=LONG, stop_loss=d(stop), take_profit=None)
    return ProtectionStep(
        protection=protection, episode=1, cause=cause, price_seen=d(price), status=status
    )


def _exit(trade_id: str, order_id: str, quantity: str, price: str) -> Fill:
    return a_fill(
        trade_id=trade_id,
        client_order_id=order_id,
        side=OrderSide.SELL,
        last_qty=d(quantity),
        last_px=d(price),
        commission=d("0.1"),
        ts_event_us=NOW_US + int(trade_id[-1]) * SECOND_US,
    )


@pytest.fixture
async def stored(database_url: str) -> str:
    """A database with one life of one leg."""
    await schema.upgrade(database_url)
    database = Database(database_url)
    await database.open("drawn")
    for record in _life():
        await database.commit([record])
    await database.close()
    return database_url


async def test_a_life_is_drawn_from_its_rows_alone(stored: str) -> None:
    """A PNG, and a page with every level, stop and fill; its result is that of the fills."""
    database = Database(stored)
    await database.connect()
    try:
        life = await read_life(database, "drawn", "BTCUSDT", 1, None)
        with pytest.raises(ConfigError, match="no life 2 of BTCUSDT leg 1: it has 1"):
            await read_life(database, "drawn", "BTCUSDT", 1, 2)
    finally:
        await database.close()
    expected = d("0.002") * 600 + d("0.008") * 75 - d("0.275") - d("0.2")
    assert life.result == expected
    assert picture(life).startswith(b"\x89PNG")
    text = page(life)
    assert "break-even" in text
    assert "level 1 &lt;of&gt; 1.2 % rests" in text
    assert f"{expected:+.4f} USDT" in text
    assert [row["stop_loss"] for row in life.steps] == [Decimal(49700), Decimal(50075)]


async def test_the_command_writes_a_file_or_says_why_not(stored: str, tmp_path: Path) -> None:
    """One sentence and a non-zero exit for a leg that was never entered."""
    output = tmp_path / "life.html"
    command = [sys.executable, "scripts/draw_leg_life.py", "--account", "drawn"]
    command += ["--symbol", "BTCUSDT", "--output", str(output)]

    def run(leg: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 (our own command)
            [*command, "--leg", leg],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": stored},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    done = await asyncio.to_thread(run, "1")
    assert done.returncode == 0, done.stderr
    assert output.read_text("utf-8").startswith("<!doctype html>")
    refused = await asyncio.to_thread(run, "2")
    assert refused.returncode == 1
    assert refused.stderr.startswith("no report: account 'drawn' has no life 0 of BTCUSDT leg 2")
