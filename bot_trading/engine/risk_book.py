"""What the core does with returns and groups that were read for it; how it measures its book."""

from __future__ import annotations

from bot_trading.domain.messages import Announce, Command
from bot_trading.domain.returns import GroupsEstimated, ReturnsRead
from bot_trading.engine.state import EngineState

__all__ = ["measure_book", "on_groups", "on_returns"]

_SECOND_US = 1_000_000


def on_returns(state: EngineState, event: ReturnsRead, out: list[Command]) -> None:
    """Measure by these from now on; a symbol that lost its past, or got one, is told."""
    book, history = state.risk.book, event.history
    before = None if book.history is None else book.history.missing.keys()
    if history.missing.keys() != before and (history.missing or before):
        lacking = "; ".join(f"{symbol}: {why}" for symbol, why in history.missing.items())
        text = f"book risk counts symbols without returns by the worst fall on record: {lacking}"
        out.append(Announce(level="WARNING", text=text if lacking else _COMPLETE))
    book.take_in(history, state.config.plan.book)
    measure_book(state)


def on_groups(state: EngineState, event: GroupsEstimated, out: list[Command]) -> None:
    """Group exposure counts by these from now on; a change is told."""
    book = state.risk.book
    if book.groups_until_us is None or set(event.groups) != set(book.groups):
        told = ", ".join(sorted("+".join(sorted(group)) for group in event.groups))
        out.append(Announce(level="INFO", text=f"symbols that move together: {told}"))
    book.take_in_groups(event.groups, event.until_us)


def measure_book(state: EngineState) -> None:
    """Value at risk and expected shortfall of what is open and in flight now."""
    book, limits = state.risk.book, state.config.limits
    seen_us = max((health.market_us for health in state.health.values()), default=0)
    history = book.history
    oldest_us = seen_us - limits.returns_age_max_s * _SECOND_US
    if book.groups_until_us is not None:
        aged_us = 2 * state.config.plan.book.correlation_every_s * _SECOND_US
        if book.groups_until_us < seen_us - aged_us:
            book.forget_groups()
    book.measure(
        state.valuation.exposure().legs,
        [each for each in state.reservations.exposure.legs.items() if each[1]],
        state.config.plan.book,
        state.now_us,
        is_history_young=history is not None and history.until_us >= oldest_us,
    )
    state.reservations.unmeasured.clear()


_COMPLETE = "book risk has returns of every symbol"
