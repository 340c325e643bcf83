"""From drawn integers to the tables of a v2 database, column by column in the schema's order.

A price of `ticks` and a quantity of `lots` become floats by one division, so that each float is
the one nearest to its decimal: an aged database is clean until dirt is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

__all__ = [
    "ACTIVE",
    "BASE_PRICES",
    "CANCELLED",
    "ENTRY",
    "FILLED",
    "NEW",
    "PRICE_DECIMALS",
    "QTY_DECIMALS",
    "REJECTED",
    "STOP_LOSS",
    "STOP_RATIO",
    "TAKE_PROFIT",
    "TARGET_RATIO",
    "TIMEOUT",
    "UNITS",
    "Fills",
    "Ints",
    "Sent",
    "Signals",
    "Tables",
    "Trips",
    "balances_table",
    "order_tables",
    "signals_table",
    "trade_table",
    "trip_tables",
    "value_units",
]

Ints = np.ndarray[Any, np.dtype[np.int64]]
Tables = dict[str, pl.DataFrame]

UNITS = 100_000_000  # Money is counted in 10⁻⁸ USDT.
SYMBOLS = (  # Decimals of price and quantity, and the price about which it moves.
    ("BTCUSDT", 1, 3, 60_000.0),
    ("ETHUSDT", 2, 2, 3_000.0),
    ("SOLUSDT", 2, 1, 150.0),
    ("BNBUSDT", 1, 2, 500.0),
    ("XRPUSDT", 4, 1, 0.6),
    ("DOGEUSDT", 5, 0, 0.12),
    ("ADAUSDT", 4, 0, 0.45),
    ("LINKUSDT", 3, 1, 15.0),
    ("AVAXUSDT", 3, 1, 30.0),
    ("LTCUSDT", 2, 1, 80.0),
)
PRICE_DECIMALS = np.array([row[1] for row in SYMBOLS])
QTY_DECIMALS = np.array([row[2] for row in SYMBOLS])
BASE_PRICES = np.array([row[3] for row in SYMBOLS])
NAMES = tuple(row[0] for row in SYMBOLS)
SIDES, DIRECTIONS = ("Sell", "Buy"), ("short", "long")
FILLED, CANCELLED, REJECTED, NEW = range(4)
STATUSES = ("Filled", "Cancelled", "Rejected", "New")
ENTRY, TIMEOUT, TAKE_PROFIT, STOP_LOSS, ACTIVE = range(5)
REASONS = ("entry", "timeout", "take_profit", "stop_loss", "active")
STOP_RATIO, TARGET_RATIO = 0.006, 0.009


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Orders; every array has the same shape, `status` and `reason` count STATUSES and REASONS."""

    order_id: Ints
    sent_us: Ints
    symbol: Ints
    is_buy: Ints
    ticks: Ints
    lots: Ints
    status: Ints
    reason: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """Executions of orders."""

    order_id: Ints
    symbol: Ints
    is_buy: Ints
    ticks: Ints
    lots: Ints
    executed_us: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """Positions from entry to exit; those still open have neither `exit_ticks` nor `closed_us`."""

    first_id: int
    entry_id: Ints
    symbol: Ints
    is_buy: Ints
    lots: Ints
    entry_ticks: Ints
    entry_value: Ints
    exit_ticks: Ints | None
    pnl: Ints
    reason: Ints
    opened_us: Ints
    closed_us: Ints | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Opinions of the bot, and the orders that those which were followed led to."""

    first_id: int
    symbol: Ints
    is_buy: Ints
    order_id: Ints
    is_followed: np.ndarray[Any, np.dtype[np.bool_]]
    strength_permille: Ints
    momentum_bps: Ints
    received_us: Ints
    ordered_us: Ints


def value_units(symbol: Ints, ticks: Ints, lots: Ints) -> Ints:
    """Price × quantity, exactly, in 10⁻⁸ USDT."""
    scale = 10 ** (8 - PRICE_DECIMALS[symbol] - QTY_DECIMALS[symbol])
    return np.asarray(ticks * lots * scale)


def order_tables(sent: Sent, rng: np.random.Generator, zone: str) -> Tables:
    """`orders` and `exchange_orders`, row by row the same order."""
    ids, status = sent.order_id.ravel(), sent.status.ravel()
    is_rejected = status == REJECTED
    is_limit = (status == CANCELLED) | (status == NEW)
    answered_us = sent.sent_us + rng.integers(30_000, 180_000, sent.sent_us.shape)
    orders = pl.DataFrame(
        {
            "id": ids,
            "symbol": _words(NAMES, sent.symbol),
            "side": _words(SIDES, sent.is_buy),
            "quantity": _quantity(sent.symbol, sent.lots),
            "price": _price(sent.symbol, sent.ticks),
            "status": _words(STATUSES, status),
        }
    )
    exchange_orders = pl.DataFrame(
        {
            "id": ids,
            "order_id": ids,
            "exchange_order_id": _exchange_ids(rng, ids.size).set(pl.Series(is_rejected), None),
            "order_type": _words(("Market", "Limit"), is_limit),
            "reason": _words(REASONS, sent.reason),
            "error": _words((None, "110007 ab not enough for new order"), is_rejected),
            "created_at": _naive(sent.sent_us, zone),
            "updated_at": _naive(answered_us, zone),
        }
    )
    return {"orders": orders, "exchange_orders": exchange_orders}


def trade_table(
    fills: Fills, realized: Ints, fees: Ints, first_id: int, rng: np.random.Generator, zone: str
) -> pl.DataFrame:
    """`trades`; `realized` and `fees` are in 10⁻⁸ USDT."""
    count = fills.order_id.size
    return pl.DataFrame(
        {
            "id": first_id + np.arange(count),
            "order_id": fills.order_id.ravel(),
            "trade_id": _exchange_ids(rng, count),
            "symbol": _words(NAMES, fills.symbol),
            "side": _words(SIDES, fills.is_buy),
            "quantity": _quantity(fills.symbol, fills.lots),
            "price": _price(fills.symbol, fills.ticks),
            "fee": fees.ravel() / UNITS,
            "realized_pnl": realized.ravel() / UNITS,
            "is_maker": np.zeros(count, dtype=np.int64),
            "executed_at": _naive(fills.executed_us, zone),
        }
    )


def trip_tables(trips: Trips, zone: str) -> Tables:
    """`sltp_orders` and `positions`, row by row the same round trip."""
    count = trips.entry_id.size
    ids = trips.first_id + np.arange(count)
    names, sides = _words(NAMES, trips.symbol), _words(SIDES, trips.is_buy)
    sizes = _quantity(trips.symbol, trips.lots)
    entry_price = _price(trips.symbol, trips.entry_ticks)
    sign = trips.is_buy.ravel() * 2 - 1
    is_open, nothing = trips.closed_us is None, pl.Series([None] * count)
    closed_us = trips.opened_us if trips.closed_us is None else trips.closed_us
    exit_ticks = trips.entry_ticks if trips.exit_ticks is None else trips.exit_ticks
    sltp_orders = pl.DataFrame(
        {
            "id": ids,
            "symbol": names,
            "order_id": trips.entry_id.ravel(),
            "side": sides,
            "quantity": sizes,
            "stop_loss": np.round(entry_price * (1 - sign * STOP_RATIO), 6),
            "take_profit": np.round(entry_price * (1 + sign * TARGET_RATIO), 6),
            "status": _words(REASONS, trips.reason),
            "close_order_id": nothing if is_open else trips.entry_id.ravel() + 1,
            "created_at": _naive(trips.opened_us + 5_000, zone),
            "closed_at": nothing if is_open else _naive(closed_us + 5_000, zone),
        }
    )
    positions = pl.DataFrame(
        {
            "id": ids,
            "symbol": names,
            "side": sides,
            "size": sizes,
            "entry_price": np.round(trips.entry_value.ravel() / UNITS / sizes, 8),
            "exit_price": nothing if is_open else _price(trips.symbol, exit_ticks),
            "realized_pnl": trips.pnl.ravel() / UNITS,
            "is_open": np.full(count, int(is_open)),
            "opened_at": _naive(trips.opened_us, zone),
            "closed_at": nothing if is_open else _naive(closed_us, zone),
        }
    )
    return {"sltp_orders": sltp_orders, "positions": positions}


def signals_table(signals: Signals, zone: str) -> pl.DataFrame:
    """`signals`; those not followed have neither an order nor the time of one."""
    count, followed = signals.symbol.size, pl.Series(signals.is_followed.ravel())
    candle_us = signals.received_us // 60_000_000 * 60_000_000
    frame = pl.DataFrame(
        {
            "id": signals.first_id + np.arange(count),
            "symbol": _words(NAMES, signals.symbol),
            "direction": _words(DIRECTIONS, signals.is_buy),
            "strength": signals.strength_permille.ravel() / 1_000,
            "strategy": ["momentum"] * count,
            "indicators": signals.momentum_bps.ravel(),
            "order_id": signals.order_id.ravel(),
            "candle_at": _naive(candle_us, zone),
            "received_at": _naive(signals.received_us, zone),
            "ordered_at": _naive(signals.ordered_us, zone),
        }
    )
    return frame.with_columns(
        pl.concat_str(pl.lit('{"momentum_bps": '), "indicators", pl.lit("}")).alias("indicators"),
        pl.when(followed).then("order_id").alias("order_id"),
        pl.when(followed).then("ordered_at").alias("ordered_at"),
    )


def balances_table(first_id: int, wallets: Ints, times_us: Ints, zone: str) -> pl.DataFrame:
    """`balances`, read when nothing was open: the equity is the wallet."""
    return pl.DataFrame(
        {
            "id": first_id + np.arange(wallets.size),
            "coin": ["USDT"] * wallets.size,
            "wallet_balance": wallets / UNITS,
            "equity": wallets / UNITS,
            "recorded_at": _naive(times_us + 200_000, zone),
        }
    )


def _price(symbol: Ints, ticks: Ints) -> Any:
    return (ticks / 10.0 ** PRICE_DECIMALS[symbol]).ravel()


def _quantity(symbol: Ints, lots: Ints) -> Any:
    return (lots / 10.0 ** QTY_DECIMALS[symbol]).ravel()


def _words(words: tuple[str | None, ...], codes: Any) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(codes.ravel().astype(np.int64))


def _naive(times_us: Ints, zone: str) -> pl.Series:
    """Instants as the clock on the wall of v2's machine showed them, without a zone."""
    aware = pl.Series(times_us.ravel()).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return aware.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def _exchange_ids(rng: np.random.Generator, count: int) -> pl.Series:
    """Ids in the form that the exchange gives them."""
    text = rng.bytes(16 * count).hex()
    whole = (text[at : at + 32] for at in range(0, len(text), 32))
    return pl.Series([f"{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}" for t in whole])
