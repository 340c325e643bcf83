"""What a core says of itself: for the terminal, the heartbeat row, the api and the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.account import TradingState

__all__ = ["BookStatus", "CoreStatus", "InstrumentStatus", "LegStatus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentStatus:
    """The last price of an instrument; None before the first one came."""

    exchange: str
    symbol: str
    last: Decimal | None
    mark: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStatus:
    """A leg that holds something or has held something; money in quote coin.

    Of the present life: `levels` of its ladder, how many of them are executed, and why its stop is
    where it is.
    """

    exchange: str
    symbol: str
    position_idx: int
    quantity: Decimal
    avg_px: Decimal | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal
    commission: Decimal
    funding: Decimal
    episode: int
    levels: int = 0
    levels_done: int = 0
    stop_cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookStatus:
    """What the open legs and orders in flight may lose within `horizon_s`, in quote coin.

    `is_measured` says that returns stand behind all of it: `returns` per symbol, of `period_s`
    each, the newest until `until_us` of the market's clock; what has none, by `missing`, counts by
    the worst fall on record. `age_s` is how long ago by our clock it was measured, None before.
    `stress` are the losses of the open legs on the worst days on record, below zero a gain.
    `groups` are symbols that moved together; empty until that was estimated.
    """

    value_at_risk: Decimal
    expected_shortfall: Decimal
    confidence_ratio: Decimal
    horizon_s: int
    is_measured: bool
    returns: int
    period_s: int
    until_us: int
    age_s: int | None
    missing: dict[str, str]
    stress: dict[str, Decimal]
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreStatus:
    """One look at the core. `not_ready` maps an exchange to why it may not take new risk.

    `equity` is each exchange's own as confirmed last; `equity_missing` says of which it is not
    known now and why, so that no sum of the others is taken for the whole. New legs go to
    `entry_exchange`. A core of an earlier version tells no `book`.
    """

    account: str
    trading_state: TradingState
    trading_state_why: str
    is_store_up: bool
    market_us: int
    not_ready: dict[str, str]
    equity: dict[str, Decimal]
    equity_missing: dict[str, str]
    entry_exchange: str
    wallet_balance: dict[str, Decimal]
    daily_loss: Decimal
    live_orders: int
    unsettled_orders: int
    instruments: tuple[InstrumentStatus, ...]
    legs: tuple[LegStatus, ...]
    counters: dict[str, int]
    book: BookStatus | None = None
