"""A start after a crash: how long until 1,000 open orders and 40 legs are reconciled and protected.

Run: `python -m tests.benchmarks.bench_restart [orders] [legs]`. The run that died is played over
the wire against the simulator: the orders are committed as decided, then sent with the bot's own
bodies (by pybit, which keeps no limit), and nothing of their answers or fills is written. So the
next start finds only intents; it asks the exchange for all of it. The clock runs from
`TradingEngine.start` until the exchange is ready, every order is known to rest, and every leg is
booked from its fills with its stop resting. The bot keeps its own limits: twenty symbols alone
have their leverage set at ten requests a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvloop
from pybit.unified_trading import HTTP
from rich.console import Console
from rich.table import Table

from bot_trading import log
from bot_trading.clock import now_us
from bot_trading.domain.account import AccountBegan
from bot_trading.domain.instrument import Instrument, LegId, PositionIdx
from bot_trading.domain.messages import Record
from bot_trading.domain.order import (
    ApprovedOrder,
    OrderIntent,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from bot_trading.engine.bootstrap import build_database, build_engine, build_exchanges
from bot_trading.engine.state import EngineState
from bot_trading.exchanges.bybit.requests import create_body
from bot_trading.execution.orders import order_from
from bot_trading.risk.sizing import entry_quantity
from bot_trading.session import Session
from bot_trading.storage import embedded, schema
from readiness.scratch_database import scratch_database
from tests.builders.core import an_intent
from tests.builders.sessions import a_session, settings_for
from tests.builders.simulator_process import simulator_process
from tests.builders.waiting import wait_until

ROUNDS = 3
SYMBOLS = tuple(f"COIN{number}USDT" for number in range(20))
OPTIONS = (
    "--symbols",
    ",".join(SYMBOLS),
    "--limits",
    "off",
    "--balance",
    "100000000",
    "--start",
    "now",
)
DELAYS = ("--socket-delay-ms", "0", "--trade-delay-ms", "0")
SILENT = {
    "momentum": {
        "lookback_candles": 20,
        "threshold_bps": 9000,
        "cool_down_candles": 5,
        "confidence_ratio": 0.5,
    }
}
EXPECTED_S = 60.0
_HOUR_US = 3_600_000_000
Market = tuple[Decimal, Instrument]


def intents(markets: dict[str, Market], orders: int, legs: int) -> Iterator[OrderIntent]:
    """Entries that fill at once, one for each leg; then entries that rest far from the market."""
    leg_ids = [
        LegId("bybit", symbol, idx)
        for symbol in SYMBOLS
        for idx in (PositionIdx.LONG, PositionIdx.SHORT)
    ][:legs]
    for number in range(legs + orders):
        leg_id = leg_ids[number % legs]
        price, rules = markets[leg_id.symbol]
        side = 1 if leg_id.is_long else -1
        rests = number >= legs
        parts: dict[str, Any] = {"stop_loss": None, "take_profit": None}
        if rests:
            parts |= {"order_type": OrderType.LIMIT, "time_in_force": TimeInForce.GTC}
            parts["price"] = _on_grid(price * (1 - side * Decimal("0.1")), rules)
        else:
            parts["stop_loss"] = _on_grid(price * (1 - side * Decimal("0.2")), rules)
        yield an_intent(
            **parts,
            client_order_id=f"before-{number}",
            leg_id=leg_id,
            side=OrderSide.BUY if leg_id.is_long else OrderSide.SELL,
            quantity=entry_quantity(Decimal(100), price, rules),
            reference_px=price,
            signal_id=None,
            ts_created_us=now_us(),
        )


def _on_grid(price: Decimal, rules: Instrument) -> Decimal:
    return price // rules.tick_size * rules.tick_size


async def die_trading(place: dict[str, str], session: Session, orders: int, legs: int) -> None:
    """Decide, commit and send; then end without having heard of any answer."""
    exchanges = build_exchanges(session.settings, session.credentials, account=session.account)
    client = exchanges.client("bybit")
    database = build_database(session.database_url)
    await database.open(session.account)
    await client.open()
    markets = {}
    for rules in (await client.take_snapshot(SYMBOLS, now_us())).instruments:
        [candle] = await client.get_candles(rules.instrument_id, 60, 1)
        markets[rules.instrument_id.symbol] = (candle.close, rules)
    await client.close()
    decided = list(intents(markets, orders, legs))
    approved = (ApprovedOrder(intent=each, ts_approved_us=now_us()) for each in decided)
    began = AccountBegan(exchange="bybit", ours_from_us=now_us() - _HOUR_US)
    await database.commit([Record(row=began, ts_init_us=now_us())])
    rows = [Record(row=order_from(each), ts_init_us=now_us()) for each in approved]
    await database.commit(rows)
    await database.close()
    person = HTTP(api_key=place["api_key"], api_secret=place["api_secret"])
    person.endpoint = place["rest_url"]
    for each in decided:
        await asyncio.to_thread(person.place_order, **json.loads(create_body(each)))


def is_reconciled(state: EngineState, orders: int, legs: int) -> bool:
    """Ready, every order known to rest, every leg booked and its stop resting."""
    if state.exchange_health("bybit").not_ready or len(state.open_legs()) != legs:
        return False
    resting = sum(each.status is OrderStatus.ACCEPTED for each in state.orders.values())
    stops = (state.resting.get(leg.leg_id) for leg in state.open_legs())
    return resting == orders and all(stop is not None and stop.stop_loss for stop in stops)


async def start_once(server_url: str, orders: int, legs: int) -> tuple[float, float]:
    """Seconds by the wall, and of this process's CPU, from the start to all of it."""
    async with scratch_database(server_url) as url:
        await schema.upgrade(url)
        async with simulator_process(*OPTIONS, *DELAYS) as announced:
            settings = settings_for(
                announced,
                trading={"symbols": list(SYMBOLS)},
                strategy=SILENT,
                risk={"order_quantity_max": dict.fromkeys(SYMBOLS, 1000), "correlation_groups": {}},
            )
            session = a_session(announced, settings, url, "restarted", None)
            await die_trading(announced["bybit"], session, orders, legs)
            engine = build_engine(
                settings, session.account, build_database(url), session.credentials
            )
            began, cpu_began = time.perf_counter(), time.process_time()
            await engine.start()
            state = engine.loop.state
            try:
                await wait_until(lambda: is_reconciled(state, orders, legs), EXPECTED_S)
                wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
            finally:
                await engine.stop()
    return wall_s, cpu_s


def main() -> None:
    """Print every round, and the load."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    legs = int(sys.argv[2]) if len(sys.argv) > 2 else 2 * len(SYMBOLS)
    found = []
    with tempfile.TemporaryDirectory() as folder, embedded.database_url(os.environ) as server_url:
        log.configure(Path(folder), "bench")
        for _ in range(ROUNDS):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                found.append(runner.run(start_once(server_url, orders, legs)))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    table = Table(title=f"start with {orders} open orders and {legs} legs, load {load}")
    for title in ("clock", *(f"round {number + 1} s" for number in range(ROUNDS)), "demanded"):
        table.add_column(title, justify="right")
    for name, times in zip(("wall", "CPU of the bot"), zip(*found, strict=True), strict=True):
        demanded = "< 5 s" if name == "wall" else ""
        table.add_row(name, *(f"{each:.2f}" for each in times), demanded)
    Console().print(table)


if __name__ == "__main__":
    main()
