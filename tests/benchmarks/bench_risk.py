"""One risk review, by itself and with the view of the world that its controls look at; and the
value at risk that is measured beside it.

Run: `python -m tests.benchmarks.bench_risk [reviews]`. The book holds 50 open legs on two exchanges
and 20 entries in flight; before each review a price moves, so that nothing is asked twice of the
same world. Each review is timed by itself, by turns by the wall and in CPU time of the thread,
which holds what asking for it costs; beside the 99th percentile stands its 95 % interval (order
statistics, binomial). The book that is measured has 50 legs in as many symbols, the most that may
be configured, with 500 returns each.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.order import ApprovedOrder, OrderSide
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.reports import BalanceReport, QuoteSeen
from bot_trading.domain.returns import GroupsEstimated, ReturnHistory, ReturnsRead
from bot_trading.engine.risk_book import measure_book
from bot_trading.engine.risk_view import risk_view
from bot_trading.engine.state import EngineState
from bot_trading.engine.step import step
from bot_trading.risk.book_risk import BookRisk
from bot_trading.risk.returns import BookSpec
from bot_trading.risk.review import review
from tests.builders.core import (
    NOW_US,
    a_balance,
    a_core_config,
    a_quote,
    an_instrument,
    an_intent,
    an_order,
    risk_limits,
)
from tests.builders.spread import load, percentile_interval

Times = tuple[list[float], list[float]]  # Microseconds by the wall, and in CPU time.

_EXCHANGES = ("bybit", "okx")
_SYMBOLS = tuple(f"COIN{number}USDT" for number in range(13))
_STEP_US = 2_000_000
_BETWEEN_MEASUREMENTS = 20


def a_full_book() -> EngineState:
    """Open legs on both sides of 26 instruments but two, and entries in flight."""
    ids = tuple(InstrumentId(name, symbol) for name in _EXCHANGES for symbol in _SYMBOLS)
    far = dict.fromkeys(
        (
            *("leg_exposure_max_usdt", "position_exposure_max_usdt", "symbol_exposure_max_usdt"),
            *("exchange_exposure_max_usdt", "group_exposure_max_usdt", "total_exposure_max_usdt"),
            *("estimated_group_exposure_max_usdt", "expected_shortfall_max_usdt"),
            "value_at_risk_max_usdt",
        ),
        Decimal(10**9),
    )
    counts = dict.fromkeys(
        ("messages_per_second_max", "identical_orders_max", "executions_max"), 10**9
    )
    largest = dict.fromkeys(_SYMBOLS, Decimal(1000))
    limits = risk_limits(**far, **counts, leverage_max=1_000, order_quantity_max=largest)
    config = replace(a_core_config(), instrument_ids=ids, limits=limits)
    state = EngineState(config=config)
    step(state, ReturnsRead(history=a_past(_SYMBOLS), ts_init_us=NOW_US))
    groups = (frozenset(_SYMBOLS[:8]), frozenset(_SYMBOLS[8:]))
    step(state, GroupsEstimated(groups=groups, until_us=NOW_US, ts_init_us=NOW_US))
    for exchange in _EXCHANGES:
        health = state.exchange_health(exchange)
        health.not_ready, health.is_stream_up = "", True
        balance = a_balance("10000000", exchange=exchange)
        step(state, BalanceReport(balance=balance, ts_init_us=NOW_US))
    for instrument_id in ids:
        state.instruments[instrument_id] = an_instrument(instrument_id=instrument_id)
        step(state, QuoteSeen(quote=a_quote("50000", instrument_id=instrument_id)))
        for side in (PositionIdx.LONG, PositionIdx.SHORT):
            held = Decimal("0.013") if len(state.valuation.open) < 50 else Decimal(0)
            leg_id = LegId(*instrument_id, side)
            state.put_leg(PositionLeg(leg_id=leg_id, quantity=held, entry_value=held * 49_900))
    for number in range(20):
        leg_id = LegId(*ids[number], PositionIdx.LONG)
        state.put_order(an_order(client_order_id=f"flying-{number}", leg_id=leg_id))
        state.reservations.hold(f"flying-{number}", leg_id, Decimal("0.010"), Decimal(50_000))
    return state


def a_past(symbols: Sequence[str]) -> ReturnHistory:
    """Five hundred returns of each symbol."""
    chance = random.Random(5)
    drawn = {
        symbol: tuple(Decimal(round(chance.gauss(0, 500_000))).scaleb(-8) for _ in range(500))
        for symbol in symbols
    }
    return ReturnHistory(
        period_s=3600, horizon_s=3600, until_us=10 * NOW_US, returns=drawn, missing={}
    )


def timed_book(measurements: int) -> Times:
    """Each measurement of 50 legs."""
    symbols = tuple(f"COIN{number}USDT" for number in range(50))
    book, spec = BookRisk(), BookSpec()
    book.take_in(a_past(symbols), spec)
    wall_us, cpu_us = [], []
    for number in range(measurements):
        legs = {
            LegId("bybit", symbol, PositionIdx(1 + at % 2)): Decimal(500 + (at * 37 + number) % 900)
            for at, symbol in enumerate(symbols)
        }
        began, cpu_began = time.perf_counter_ns(), time.thread_time_ns()
        book.measure(legs, (), spec, NOW_US, is_history_young=True)
        cpu_us.append((time.thread_time_ns() - cpu_began) / 1000)
        wall_us.append((time.perf_counter_ns() - began) / 1000)
    return wall_us, cpu_us


def timed(state: EngineState, reviews: range) -> tuple[Times, Times]:
    """The reviews by themselves, and with the making of their views; every one is an approval."""
    ids = state.config.instrument_ids
    alone: Times = ([], [])
    whole: Times = ([], [])
    for number in reviews:
        instrument_id = ids[number % len(ids)]
        leg_id = LegId(*instrument_id, PositionIdx.LONG if number % 2 else PositionIdx.SHORT)
        is_long, order_id = leg_id.is_long, f"review-{number}"
        intent = an_intent(
            client_order_id=order_id,
            leg_id=leg_id,
            side=OrderSide.BUY if is_long else OrderSide.SELL,
            stop_loss=Decimal(49_700 if is_long else 50_300),
            take_profit=Decimal(50_450 if is_long else 49_550),
        )
        now_us = NOW_US + number * _STEP_US
        stamps = {"ts_event_us": now_us, "ts_init_us": now_us}
        price = str(50_000 + number % 7)
        quote = a_quote(price, instrument_id=instrument_id, **stamps)
        step(state, QuoteSeen(quote=quote))
        if number % _BETWEEN_MEASUREMENTS == 0:
            measure_book(state)
        began = time.perf_counter_ns(), time.thread_time_ns()
        view = risk_view(state, leg_id, order_id, intent.quantity, now_us)
        seen = time.perf_counter_ns(), time.thread_time_ns()
        verdict = review(intent, view, state.config.limits, state.reservations, now_us)
        ended = time.perf_counter_ns(), time.thread_time_ns()
        for clock in (0, 1):
            alone[clock].append((ended[clock] - seen[clock]) / 1000)
            whole[clock].append((ended[clock] - began[clock]) / 1000)
        if not isinstance(verdict, ApprovedOrder):
            raise SystemExit(f"a review that should pass was denied: {verdict}")
        state.reservations.shrink(order_id, Decimal(0))
    return alone, whole


def main() -> None:
    """Print n, median and 99th percentile with its interval."""
    reviews = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    state = a_full_book()
    warm = 2_000
    timed(state, range(warm))
    alone, whole = timed(state, range(warm, warm + reviews))
    book = f"{len(state.valuation.open)} open legs, n = {reviews}, {load()}"
    _show(f"review, {book}", alone)
    _show(f"risk_view + review, {book}", whole)
    measurements = max(reviews // 20, 100)
    timed_book(20)
    _show(f"value at risk of 50 legs, n = {measurements}", timed_book(measurements))


def _show(title: str, found: Times) -> None:
    table = Table(title=title)
    for title in ("clock", "p50 µs", "p99 µs", "95 % interval of p99", "max µs"):
        table.add_column(title, justify="right")
    for name, times in zip(("wall", "CPU"), found, strict=True):
        ranked = sorted(times)
        middle = percentile_interval(ranked, 0.5)[0]
        at, low, high = percentile_interval(ranked, 0.99)
        shown = f"{low:.1f} – {high:.1f}"
        table.add_row(name, f"{middle:.1f}", f"{at:.1f}", shown, f"{ranked[-1]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
