"""Both legs through a real cascade, left by the ladder, by a plain stop, and by a plain target.

Run: `python -m tests.benchmarks.replay_exits cascade` (10 October 2025, Bybit, five minutes) or
`... ftx` (November 2022, OKX). The core that trades live decides; a model exchange executes on
four prices per candle (open, nearer extreme, farther extreme, close), stops and markets at the
first price beyond them, so that gaps cost what they cost. Prices are scaled to 50,000 at the entry.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from bot_trading.domain.signal import BarrierSpec
from bot_trading.sltp.policy import DEFAULT_POLICY, ExitPolicy
from tests.builders.core import LONG, SHORT
from tests.builders.core_bench import CoreBench, run_now
from tests.builders.simulator_process import MARKET_DATA

ENTRY = Decimal(50000)
TICK = Decimal("0.1")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of recorded candles: where they are, whose, from when, how long."""

    folder: Path
    symbols: tuple[str, ...]
    start: datetime
    hours: int


WINDOWS = {
    "cascade": Window(
        folder=MARKET_DATA / "bybit/linear/5m",
        symbols=("AAVEUSDT", "AVAXUSDT", "ADAUSDT", "APEUSDT", "SOLUSDT"),
        start=datetime(2025, 10, 10, 19, 0, tzinfo=UTC),
        hours=6,
    ),
    "ftx": Window(
        folder=MARKET_DATA / "okx/swap/5m_2022",
        symbols=("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"),
        start=datetime(2022, 11, 8, 12, 0, tzinfo=UTC),
        hours=48,
    ),
}
# The plain ones have the same first stop; the target is the ladder's last level.
WAYS: dict[str, tuple[ExitPolicy | None, str]] = {
    "ladder": (replace(DEFAULT_POLICY, stop_loss_percent=Decimal(1)), "0.9"),
    "plain stop": (None, "0.99"),
    "plain target": (None, "0.024"),
}


@dataclass(slots=True)
class Outcome:
    """What one way did over the window, for one leg."""

    steps: int = 0
    result: Decimal = Decimal(0)
    slippage: Decimal = Decimal(0)
    unprotected_s: float = 0.0


def prices(window: Window, symbol: str) -> list[Decimal]:
    """Four prices per candle, scaled so that the first is the entry."""
    first_ms = int(window.start.timestamp() * 1000)
    last_ms = first_ms + window.hours * 3_600_000
    frame = pl.read_parquet(window.folder / f"{symbol}.parquet").filter(
        pl.col("ts").is_between(first_ms, last_ms, closed="left")
    )
    rows = frame.select("open", "high", "low", "close").rows()
    if not rows:
        raise SystemExit(f"{symbol} has no candles from {window.start} on")
    scale = ENTRY / Decimal(str(rows[0][0]))
    return [(Decimal(str(price)) * scale).quantize(TICK) for row in rows for price in _path(*row)]


def _path(opened: float, high: float, low: float, close: float) -> Iterator[float]:
    """Open, the extreme nearer to it, the other one, close."""
    near, far = (high, low) if high - opened <= opened - low else (low, high)
    yield from (opened, near, far, close)


def play(path: list[Decimal], way: str, direction: str) -> Outcome:
    """One entry at the first price, then the whole path; what is left is closed at its end."""
    policy, target = WAYS[way]
    core = CoreBench(policy)
    spec = BarrierSpec(
        stop_ratio=Decimal("0.01"), target_ratio=Decimal(target), horizon_s=10_000_000
    )
    core.config = replace(core.config, barrier=spec)
    run_now(core.store.close())
    core.start()
    core.settle()
    core.signal(f"{direction}-1")
    core.deliver_all()
    leg_id, outcome = (LONG if direction == "LONG" else SHORT), Outcome()
    for price in path[1:]:
        leg = core.exchange.legs[leg_id]
        stop, held = leg.stop, leg.quantity
        if held == 0:
            break
        if stop is None:
            outcome.unprotected_s += 75.0
        core.exchange.move(price)
        gap = (stop - price if leg_id.is_long else price - stop) if stop is not None else ZERO
        if core.exchange.legs[leg_id].quantity == 0:
            outcome.slippage = max(outcome.slippage, gap)
        core.deliver_all()
        core.feed(core.exchange.quote())
        core.deliver_all()
    _value(core, leg_id.is_long, path[-1], outcome)
    outcome.steps = sum(rung.filled_qty > 0 for rung in core.memory.accounts["test"].rungs.values())
    return outcome


def _value(core: CoreBench, is_long: bool, last: Decimal, outcome: Outcome) -> None:
    """Cash of all fills less commission, and what is still open at the last price."""
    held = Decimal(0)
    for fill in core.exchange.fills:
        opens = fill.closed_qty == 0
        value = fill.last_qty * fill.last_px
        sign = -1 if opens == is_long else 1
        outcome.result += sign * value - fill.commission
        held += fill.last_qty if opens else -fill.last_qty
    outcome.result += held * last if is_long else -held * last


def main() -> None:
    """Print one line for each symbol, leg and way."""
    name = sys.argv[1] if len(sys.argv) > 1 else "cascade"
    window = WINDOWS[name]
    table = Table(
        title=f"{name}: {window.hours} h from {window.start:%Y-%m-%d %H:%M} UTC, 1000 USDT"
    )
    for title in (
        "symbol",
        "fell to",
        "leg",
        "way",
        "levels",
        "result",
        "worst gap",
        "unprotected",
    ):
        table.add_column(title, justify="left" if title in ("symbol", "leg", "way") else "right")
    totals: dict[str, Decimal] = dict.fromkeys(WAYS, Decimal(0))
    for symbol in window.symbols:
        path = prices(window, symbol)
        fall = (min(path) / path[0] - 1) * 100
        for direction in ("LONG", "SHORT"):
            for way in WAYS:
                seen = play(path, way, direction)
                totals[way] += seen.result
                table.add_row(
                    *(symbol, f"{fall:.1f} %", direction, way, str(seen.steps)),
                    f"{seen.result:+.2f}",
                    f"{seen.slippage / ENTRY * 100:.2f} %",
                    f"{seen.unprotected_s:.0f} s",
                )
    for way, total in totals.items():
        table.add_row("all", "", "both", way, "", f"{total:+.2f}", "", "")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
