"""How long the exits of legs take to be decided, alone and a thousand in one turn.

Run: `python -m tests.benchmarks.bench_exits`. The legs have their ladders resting; the price moves
with every turn, so that some turns move stops. What is timed, in CPU time of the thread, is `step`
with one quote (one leg of 1,001), and with one tick of the clock (all of them), every leg having a
new price: near their entry; far in profit, where prices swing below a step of the trailing stop;
the same with nothing remembered, so that every part of every leg is computed; and at ever new
highs, where all 1,001 stops move at once and are written down and asked for.
"""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import SignalReceived, SubmitOrder, TimePassed
from bot_trading.domain.reports import OrderAccepted, ProtectionSet, QuoteSeen
from bot_trading.engine.state import EngineState
from bot_trading.engine.step import step
from bot_trading.sltp.policy import DEFAULT_POLICY
from tests.builders.core import (
    BTC,
    LONG,
    NOW_US,
    a_core_config,
    a_fill_report,
    a_quote,
    a_ready_state,
    a_signal,
    an_instrument,
    commands_of,
    d,
    steps,
)
from tests.builders.spread import load

LEGS, TURNS, TURNS_OF_ALL = 1_000, 20_000, 200


def with_legs() -> EngineState:
    """A core whose long leg of BTCUSDT is open with its ladder laid, and a thousand like it."""
    state = a_ready_state(a_core_config(exits=DEFAULT_POLICY))
    [entry] = commands_of(
        steps(state, SignalReceived(signal=a_signal(), ts_init_us=NOW_US)), SubmitOrder
    )
    key = entry.approved.intent.client_order_id
    out = steps(state, a_fill_report(client_order_id=key, last_qty=d("0.020")))
    for number, send in enumerate(commands_of(out, SubmitOrder)):
        name = send.approved.intent.client_order_id
        steps(
            state,
            OrderAccepted(client_order_id=name, exchange_order_id=f"r{number}", ts_init_us=NOW_US),
        )
    steps(state, ProtectionSet(protection=state.wanted[LONG], ts_init_us=NOW_US))
    for number in range(LEGS):
        _copy(state, InstrumentId("bybit", f"S{number}USDT"))
    return state


def _copy(state: EngineState, instrument_id: InstrumentId) -> None:
    """The same leg of another symbol, ladder and stop included."""
    leg_id = LegId(*instrument_id, PositionIdx.LONG)
    state.instruments[instrument_id] = an_instrument(instrument_id=instrument_id)
    state.quotes[instrument_id] = replace(state.quotes[BTC], instrument_id=instrument_id)
    leg = state.legs[leg_id] = replace(state.legs[LONG], leg_id=leg_id)
    state.leg_changed_us[leg_id] = NOW_US
    state.wanted[leg_id] = replace(state.wanted[LONG], leg_id=leg_id)
    state.resting[leg_id] = replace(state.resting[LONG], leg_id=leg_id)
    rungs = []
    for rung in state.exits[LONG].rungs:
        order = state.order(rung.client_order_id or "")
        assert order is not None
        name = f"{order.client_order_id}-{instrument_id.symbol}"[-36:]
        state.put_order(replace(order, client_order_id=name, leg_id=leg_id))
        rungs.append(replace(rung, leg_id=leg_id, client_order_id=name))
    exits = replace(state.exits[LONG], leg_id=leg_id, rungs=tuple(rungs), planned=leg)
    state.exits[leg_id] = exits


def _quantiles(samples: list[int]) -> tuple[str, str, str]:
    samples.sort()
    at = (samples[len(samples) // 2], samples[int(len(samples) * 0.99)], samples[-1])
    return tuple(f"{value / 1_000:,.1f}" for value in at)  # type: ignore[return-value]


def one_leg(state: EngineState) -> list[int]:
    """Nanoseconds of each quote: a slow climb that moves the stop now and then."""
    samples = []
    for turn in range(TURNS):
        price = Decimal(50_000) + Decimal(turn % 5_000) / 10
        stamp_us = NOW_US + turn + 1
        quote = a_quote(str(price), ts_event_us=stamp_us, ts_init_us=stamp_us)
        event = QuoteSeen(quote=quote)
        began = time.thread_time_ns()
        step(state, event)
        samples.append(time.thread_time_ns() - began)
    return samples


def all_legs(state: EngineState, *prices: int, is_calm: bool = True) -> list[int]:
    """Nanoseconds of each tick of the clock, every leg decided on at a new price; nothing that was
    decided before is remembered unless `is_calm`."""
    samples = []
    for price in prices:
        for quote in tuple(state.quotes.values()):
            state.put_quote(replace(quote, last=Decimal(price)))
        if not is_calm:
            state.calm.clear()
        event = TimePassed(ts_init_us=state.now_us + 10_000_000)
        began = time.thread_time_ns()
        step(state, event)
        samples.append(time.thread_time_ns() - began)
        state.resting.update(state.wanted)
    return samples


def in_profit(state: EngineState) -> EngineState:
    """The same legs ten percent above their entry, their stops where the policy moved them."""
    all_legs(state, 55_000, 55_000)
    return state


def main() -> None:
    """Print median, 99th percentile and maximum."""
    state = with_legs()
    gc.collect()
    gc.freeze()
    table = Table(
        title=f"{LEGS + 1} open legs, ladders resting, n {TURNS} and {TURNS_OF_ALL}, {load()}"
    )
    for title in ("what", "p50 us", "p99 us", "max us", "demanded"):
        table.add_column(title, justify="left" if title == "what" else "right")
    table.add_row("one leg, one quote", *_quantiles(one_leg(state)), "p99 < 50")
    one_turn, swing = f"{LEGS + 1} legs, one turn", [54_990, 55_010] * (TURNS_OF_ALL // 2)
    turns = {
        "near their entry": all_legs(state, *[50_010, 49_990] * (TURNS_OF_ALL // 2)),
        "in profit": all_legs(in_profit(state), *swing),
        "in profit, nothing remembered": all_legs(state, *swing, is_calm=False),
        "every stop moves": all_legs(state, *range(55_100, 55_100 + 100 * TURNS_OF_ALL, 100)),
    }
    for what, samples in turns.items():
        table.add_row(f"{one_turn}: {what}", *_quantiles(samples), "< 25,000")
    Console().print(table)


if __name__ == "__main__":
    main()
