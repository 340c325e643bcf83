"""Candles per second through the very core that trades live: a plain rule, no sockets, no store.

Run: `python -m tests.benchmarks.bench_core [candles]`. With each candle comes one price; an entry
fills at once at the close, and its horizon closes it, so that the whole life of an order is
stepped. Candles and prices are made beforehand and not counted. What an order costs is many times
what a candle costs, so the same rule is shown at thresholds that let it order more or less often.
"""

from __future__ import annotations

import random
import sys
import time
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from bot_trading.domain.messages import Command, SubmitOrder
from bot_trading.domain.order import OrderIntent
from bot_trading.domain.reports import CandleClosed, CandleHistory, QuoteSeen
from bot_trading.engine.state import EngineState
from bot_trading.engine.step import step
from tests.builders.core import (
    BTC,
    NOW_US,
    a_candle,
    a_core_config,
    a_fill_report,
    a_momentum_spec,
    a_quote,
    a_ready_state,
    risk_limits,
)
from tests.builders.spread import load

ROUNDS = 9
THRESHOLDS_BPS = (None, 30, 40, 45, 50)
BOOK = ("value_at_risk_max_usdt", "expected_shortfall_max_usdt", "total_exposure_max_usdt")
_MINUTE_US = 60_000_000


def tape(count: int, seed: int) -> list[tuple[QuoteSeen, CandleClosed]]:
    """A seeded random walk of one-minute candles, each with the price at its close."""
    rng = random.Random(seed)
    price, events = 50_000.0, []
    for number in range(count):
        price *= 1 + rng.gauss(0, 0.0005)
        text, open_us = f"{price:.1f}", NOW_US + number * _MINUTE_US
        stamps = {"ts_event_us": open_us + _MINUTE_US, "ts_init_us": open_us + _MINUTE_US}
        quote = QuoteSeen(quote=a_quote(text, **stamps))
        candle = CandleClosed(candle=a_candle(open_us, text), ts_init_us=open_us + _MINUTE_US)
        events.append((quote, candle))
    return events


def run(events: list[tuple[QuoteSeen, CandleClosed]], bps: int | None) -> tuple[float, int]:
    """Seconds of processor for the tape, and how many orders were filled on the way.

    The rule speaks after a move of `bps` within 20 candles; None is no rule.
    """
    spec = bps and a_momentum_spec(lookback=20, threshold_bps=Decimal(bps), cool_down=5)
    # No clock ticks on this tape, at which the book is measured anew: approvals would add up.
    far = risk_limits(**dict.fromkeys(BOOK, Decimal(10**12)))
    state = a_ready_state(a_core_config(momentum=spec or None, limits=far))
    before = a_candle(NOW_US - _MINUTE_US)
    step(state, CandleHistory(instrument_id=BTC, candles=(before,), ts_init_us=NOW_US))
    filled = 0
    started_s = time.thread_time()
    for quote, candle in events:
        step(state, quote)
        for command in step(state, candle):
            filled += _fill(state, command, candle.candle.close, candle.ts_init_us)
    return time.thread_time() - started_s, filled


def _fill(state: EngineState, command: Command, price: Decimal, ts_us: int) -> int:
    """Answer an order with its whole fill."""
    if not isinstance(command, SubmitOrder):
        return 0
    intent: OrderIntent = command.approved.intent
    report = a_fill_report(
        trade_id=intent.client_order_id,
        client_order_id=intent.client_order_id,
        exchange_order_id=f"x-{intent.client_order_id}",
        side=intent.side,
        position_idx=intent.leg_id.position_idx,
        last_qty=intent.quantity,
        last_px=price,
        ts_event_us=ts_us,
        ts_init_us=ts_us,
    )
    step(state, report)
    return 1


def main() -> None:
    """Print candles per second: median, minimum and maximum of the rounds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    events = tape(count, seed=1)
    table = Table(title=f"{count} candles, {ROUNDS} rounds, processor time, {load()}")
    for title in ("what", "candles/s median", "min", "max", "orders filled", "candles an order"):
        table.add_column(title, justify="left" if title == "what" else "right")
    for bps in THRESHOLDS_BPS:
        rates, filled = [], 0
        for _ in range(ROUNDS):
            took_s, filled = run(events, bps)
            rates.append(count / took_s)
        rates.sort()
        name = "no rule" if bps is None else f"rule of {bps} bps"
        shown = (f"{rate:,.0f}" for rate in (rates[ROUNDS // 2], rates[0], rates[-1]))
        table.add_row(name, *shown, str(filled), f"{count / filled:.0f}" if filled else "")
    Console().print(table)


if __name__ == "__main__":
    main()
