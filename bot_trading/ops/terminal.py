"""The live terminal view: price, legs, orders, P&L and what happened last, in 100 columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot_trading.domain.account import TradingState
from bot_trading.domain.status import CoreStatus, LegStatus

__all__ = ["live_view", "plain_line"]

_LINES_SHOWN = 8
_STYLES = {"WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold white on red"}


def live_view(
    status: CoreStatus, lines: Iterable[tuple[int, str, str]], left_s: float | None
) -> RenderableType:
    """What a person sees while the bot runs; `left_s` is the rest of a limited run."""
    recent = list(lines)[-_LINES_SHOWN:]
    happened = Text("\n").join(
        Text(f"{_clock(ts_us)}  {text}"[:100], style=_STYLES.get(level, "dim"))
        for ts_us, level, text in recent
    )
    return Group(
        *(_headline(status, left_s), _prices(status), _legs(status), _exits(status)),
        *(_money(status), _book(status), happened),
    )


def plain_line(status: CoreStatus) -> str:
    """One line for a log or a pipe."""
    open_legs = [leg for leg in status.legs if leg.quantity]
    legs = ", ".join(_leg_words(leg) for leg in open_legs)
    result = sum(
        (leg.realized_pnl - leg.commission + leg.funding for leg in status.legs), Decimal(0)
    )
    ready = "ready" if not any(status.not_ready.values()) else _why(status)
    if len(status.not_ready) > 1:
        ready += f", new legs to {status.entry_exchange}"
    return (
        f"market {_day_clock(status.market_us)} | {status.trading_state} | {ready} | "
        f"result {result:+.2f} USDT | {_risk_words(status)}legs: {legs or 'none open'}"
    )


def _risk_words(status: CoreStatus) -> str:
    """Value at risk, where the core tells it."""
    return f"at risk {status.book.value_at_risk:.0f} USDT | " if status.book else ""


def _headline(status: CoreStatus, left_s: float | None) -> Text:
    style = "bold green" if status.trading_state is TradingState.ACTIVE else "bold red"
    text = Text()
    text.append(f"{status.trading_state}", style=style)
    text.append(f"  {status.account}  market {_day_clock(status.market_us)}")
    if left_s is not None:
        text.append(f"  {max(left_s, 0):.0f} s left", style="cyan")
    why = _why(status)
    if why:
        text.append(f"\n{why}"[:100], style="yellow")
    if status.trading_state is not TradingState.ACTIVE:
        text.append(f"\n{status.trading_state_why}"[:100], style="red")
    return text


def _prices(status: CoreStatus) -> Text:
    parts = [
        f"{each.symbol} {each.last.normalize():f}" if each.last is not None else f"{each.symbol} –"
        for each in status.instruments
    ]
    return Text("   ".join(parts)[:100], style="bold")


def _legs(status: CoreStatus) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for title in (
        "leg",
        "quantity",
        "entry",
        "stop",
        "target",
        "open P&L",
        "realised",
        "fees",
        "lives",
    ):
        table.add_column(title, justify="left" if title == "leg" else "right")
    for leg in status.legs:
        table.add_row(*_leg_row(leg), style="" if leg.quantity else "dim")
    if not status.legs:
        table.add_row("no leg was opened yet", *[""] * 8, style="dim")
    return table


def _leg_row(leg: LegStatus) -> tuple[str, ...]:
    return (
        f"{leg.symbol} {_side(leg)}",
        f"{leg.quantity.normalize():f}",
        _price(leg.avg_px),
        _price(leg.stop_loss),
        _price(leg.take_profit),
        f"{leg.unrealized_pnl:+.2f}" if leg.quantity and leg.unrealized_pnl is not None else "–",
        f"{leg.realized_pnl:+.2f}",
        f"{leg.commission:.2f}",
        str(leg.episode),
    )


def _leg_words(leg: LegStatus) -> str:
    way_out = _way_out(leg)
    held = f"{leg.symbol}-{leg.position_idx} {leg.quantity.normalize():f}"
    return f"{held} ({way_out})" if way_out else held


def _exits(status: CoreStatus) -> Text:
    """How far each open leg is on its way out."""
    told = [
        f"{leg.symbol} {_side(leg)}: {_way_out(leg)}"
        for leg in status.legs
        if leg.quantity and _way_out(leg)
    ]
    return Text("\n").join(Text(line[:100], style="dim") for line in told)


def _way_out(leg: LegStatus) -> str:
    """Levels of the ladder that are executed, and what moved the stop; empty without exits."""
    ladder = f"ladder {leg.levels_done}/{leg.levels}" if leg.levels else ""
    stop = f"stop by {leg.stop_cause}" if leg.stop_cause else ""
    return ", ".join(part for part in (ladder, stop) if part)


def _side(leg: LegStatus) -> str:
    return "LONG" if leg.position_idx == 1 else "SHORT"


def _money(status: CoreStatus) -> Text:
    equity = "   ".join(f"{name} equity {value:.2f}" for name, value in status.equity.items())
    denied = sum(count for key, count in status.counters.items() if key.startswith("denied:"))
    text = Text(equity)
    for name, why in status.equity_missing.items():
        text.append(f"   {name} equity not known now: {why}"[:60], style="yellow")
    text.append(f"   lost today {status.daily_loss:.2f}   live orders {status.live_orders}")
    text.append(f"   denied {denied}")
    if not status.is_store_up:
        text.append("   DATABASE DOWN", style="bold red")
    return text


def _book(status: CoreStatus) -> Text:
    """What the book may lose, how that is known, and on which day on record it would lose most."""
    book = status.book
    if book is None:
        return Text()
    basis = f"{book.returns} returns of {book.period_s // 60} min" if book.is_measured else ""
    text = Text(
        f"book loses in {book.horizon_s // 60} min at {book.confidence_ratio * 100:.1f} %: "
        f"{book.value_at_risk:.0f}   beyond: {book.expected_shortfall:.0f}"
    )
    text.append(f"   {basis}" if basis else "   no past: worst fall on record", style="dim")
    day, worst = max(book.stress.items(), key=lambda each: each[1], default=("", Decimal(0)))
    if worst > 0:
        text.append(f"\nopen legs on a day as {day} lose {worst:.0f}"[:100], style="yellow")
    return text


def _why(status: CoreStatus) -> str:
    return "; ".join(f"{name}: {why}" for name, why in status.not_ready.items() if why)


def _price(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:.8g}"


def _clock(ts_us: int) -> str:
    return f"{datetime.fromtimestamp(ts_us / 1_000_000, UTC):%H:%M:%S}"


def _day_clock(ts_us: int) -> str:
    return f"{datetime.fromtimestamp(ts_us / 1_000_000, UTC):%Y-%m-%d %H:%M}" if ts_us else "–"
