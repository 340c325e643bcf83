"""The rows of an aged v2 database, drawn in batches: the history of a bot that ran for months.

Every ten orders are four round trips, one canceled and one rejected order. Round trips follow one
another, so that a symbol never has two positions. The last one to ten orders are what a running
bot holds: up to three open positions, and limit orders that rest.
Numbers are drawn as integers, ticks and lots, so that money adds up exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from legacy_v2.aged.tables import (
    ACTIVE,
    BASE_PRICES,
    CANCELLED,
    ENTRY,
    FILLED,
    NEW,
    PRICE_DECIMALS,
    QTY_DECIMALS,
    REJECTED,
    STOP_LOSS,
    STOP_RATIO,
    TAKE_PROFIT,
    TARGET_RATIO,
    TIMEOUT,
    UNITS,
    Fills,
    Ints,
    Sent,
    Signals,
    Tables,
    Trips,
    balances_table,
    order_tables,
    signals_table,
    trade_table,
    trip_tables,
    value_units,
)

__all__ = ["AgedPlan", "batches"]

BLOCK_ORDERS, BLOCK_TRIPS, BLOCK_TRADES, BLOCK_SIGNALS = 10, 4, 10, 5
BATCH_BLOCKS = 4_000
DEPOSIT_USDT = 100_000
END_US = 1_767_571_200_000_000  # 2026-01-05, UTC.
SPAN_US = 730 * 86_400_000_000
OPEN_POSITIONS = 3
TAKER_FEE_PER_100K = 55
ORDER_OF_TRADE = np.array([0, 0, 1, 2, 3, 4, 4, 5, 6, 7])  # Two of four entries fill in pieces.
IS_EXIT = ORDER_OF_TRADE % 2 == 1
ENTRIES, EXITS = slice(0, 8, 2), slice(1, 8, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedPlan:
    """How many orders, from which seed, and the zone whose clock the naive times show."""

    orders: int
    seed: int
    zone: str = "UTC"

    @property
    def blocks(self) -> int:
        """Whole blocks of ten orders before the tail."""
        return (self.orders - 1) // BLOCK_ORDERS

    @property
    def trips(self) -> int:
        """Round trips; the n-th, counted from 0, is row n + 1 of `positions`."""
        return self.blocks * BLOCK_TRIPS

    @property
    def tail_orders(self) -> int:
        """Orders after the last whole block, 1 to 10."""
        return self.orders - self.blocks * BLOCK_ORDERS

    @property
    def open_positions(self) -> int:
        """Positions that the tail holds; its further orders rest."""
        return min(OPEN_POSITIONS, self.tail_orders)

    @property
    def statuses(self) -> dict[str, int]:
        """Orders by status, before any of them is spoiled."""
        filled = self.blocks * BLOCK_TRIPS * 2 + self.open_positions
        return {
            "Filled": filled,
            "Cancelled": self.blocks,
            "Rejected": self.blocks,
            "New": self.tail_orders - self.open_positions,
        }

    @property
    def spacing_us(self) -> int:
        """From one order to the next."""
        return max(1_000_000, min(60_000_000, SPAN_US // self.orders))

    def entry_of(self, trip: int) -> int:
        """`orders.id` of the entry of a round trip; its exit is the next order."""
        return trip // BLOCK_TRIPS * BLOCK_ORDERS + trip % BLOCK_TRIPS * 2 + 1

    def sent_us(self, index: Ints, rng: np.random.Generator) -> Ints:
        """When the n-th orders were sent, in microseconds UTC."""
        start_us = END_US - self.orders * self.spacing_us
        jitter_us = rng.integers(0, self.spacing_us // 2, index.shape)
        return np.asarray(start_us + index * self.spacing_us + jitter_us)


def batches(plan: AgedPlan) -> Iterator[Tables]:
    """Rows of every table that numbers its rows, a batch at a time; the tail is the last one."""
    wallet = DEPOSIT_USDT * UNITS
    for first in range(0, plan.blocks, BATCH_BLOCKS):
        rng = np.random.default_rng([plan.seed, first])
        tables, wallet = _history(plan, rng, first, min(BATCH_BLOCKS, plan.blocks - first), wallet)
        yield tables
    yield _tail(plan, np.random.default_rng([plan.seed, plan.blocks, plan.orders]))


def _history(
    plan: AgedPlan, rng: np.random.Generator, first: int, blocks: int, wallet: int
) -> tuple[Tables, int]:
    """The tables of whole blocks, and the wallet after them; arrays are (blocks, of a block)."""
    sent = _sent(plan, rng, first, blocks)
    fills = _fills(rng, sent)
    values = value_units(fills.symbol, fills.ticks, fills.lots)
    fees = _fee(values)
    entry_value = np.add.reduceat(np.where(IS_EXIT, 0, values), [0, 3, 5, 8], axis=1)
    pnl = (sent.is_buy[:, ENTRIES] * 2 - 1) * (values[:, IS_EXIT] - entry_value)
    realized = np.zeros_like(values)
    realized[:, IS_EXIT] = pnl
    trips = Trips(
        first_id=first * BLOCK_TRIPS + 1,
        entry_id=sent.order_id[:, ENTRIES],
        symbol=sent.symbol[:, ENTRIES],
        is_buy=sent.is_buy[:, ENTRIES],
        lots=sent.lots[:, ENTRIES],
        entry_ticks=sent.ticks[:, ENTRIES],
        entry_value=entry_value,
        exit_ticks=sent.ticks[:, EXITS],
        pnl=pnl,
        reason=sent.reason[:, EXITS],
        opened_us=fills.executed_us[:, [1, 3, 6, 8]],
        closed_us=fills.executed_us[:, IS_EXIT],
    )
    wallets = wallet + np.cumsum(pnl.sum(axis=1) - fees.sum(axis=1))
    tables = {
        **order_tables(sent, rng, plan.zone),
        "trades": trade_table(fills, realized, fees, first * BLOCK_TRADES + 1, rng, plan.zone),
        **trip_tables(trips, plan.zone),
        "signals": signals_table(_signals(rng, first, sent, [0, 2, 4, 6, 9], 4), plan.zone),
        "balances": balances_table(first + 1, wallets, sent.sent_us[:, -1], plan.zone),
    }
    return tables, int(wallets[-1])


def _sent(plan: AgedPlan, rng: np.random.Generator, first: int, blocks: int) -> Sent:
    """The orders of whole blocks.

    The two orders of a round trip share symbol and quantity, and have opposite sides.
    """
    shape = (blocks, BLOCK_ORDERS)
    index = first * BLOCK_ORDERS + np.arange(blocks * BLOCK_ORDERS).reshape(shape)
    sent_us = plan.sent_us(index, rng)
    symbol = rng.integers(0, len(BASE_PRICES), shape)
    is_buy = rng.integers(0, 2, shape)
    symbol[:, EXITS] = symbol[:, ENTRIES]
    is_buy[:, EXITS] = 1 - is_buy[:, ENTRIES]
    ticks = _ticks(rng, symbol, sent_us)
    move = rng.normal(0.0013, 0.007, (blocks, BLOCK_TRIPS))
    sign = is_buy[:, ENTRIES] * 2 - 1
    ticks[:, EXITS] = np.maximum(1, np.rint(ticks[:, ENTRIES] * (1 + sign * move)))
    lots = _lots(rng, symbol, ticks)
    lots[:, EXITS] = lots[:, ENTRIES]
    reason = np.full(shape, ENTRY)
    reason[:, EXITS] = np.where(
        move >= TARGET_RATIO, TAKE_PROFIT, np.where(move <= -STOP_RATIO, STOP_LOSS, TIMEOUT)
    )
    status = np.full(shape, FILLED)
    status[:, 8], status[:, 9] = CANCELLED, REJECTED
    return Sent(
        order_id=index + 1,
        sent_us=sent_us,
        symbol=symbol,
        is_buy=is_buy,
        ticks=ticks,
        lots=lots,
        status=status,
        reason=reason,
    )


def _fills(rng: np.random.Generator, sent: Sent) -> Fills:
    """The fills of whole blocks; the second piece of an entry costs one tick more."""
    ticks, lots = sent.ticks[:, ORDER_OF_TRADE], sent.lots[:, ORDER_OF_TRADE]
    delay_us = rng.integers(20, 170, ticks.shape) * 1_000
    executed_us = (sent.sent_us[:, ORDER_OF_TRADE] + delay_us) // 1_000 * 1_000
    for piece in (0, 5):
        lots[:, piece] //= 2
        lots[:, piece + 1] -= lots[:, piece]
        ticks[:, piece + 1] += 1
        executed_us[:, piece + 1] = executed_us[:, piece] + 1_000
    return Fills(
        order_id=sent.order_id[:, ORDER_OF_TRADE],
        symbol=sent.symbol[:, ORDER_OF_TRADE],
        is_buy=sent.is_buy[:, ORDER_OF_TRADE],
        ticks=ticks,
        lots=lots,
        executed_us=executed_us,
    )


def _signals(
    rng: np.random.Generator, first: int, sent: Sent, columns: list[int], followed: int
) -> Signals:
    """Signals of the orders in these columns; those after the first `followed` led to nothing."""
    shape = (len(sent.order_id), len(columns))
    ordered_us = sent.sent_us[:, columns]
    is_followed = np.zeros(shape, dtype=bool)
    is_followed[:, :followed] = True
    return Signals(
        first_id=first * BLOCK_SIGNALS + 1,
        symbol=sent.symbol[:, columns],
        is_buy=sent.is_buy[:, columns],
        order_id=sent.order_id[:, columns],
        is_followed=is_followed,
        strength_permille=rng.integers(500, 1_000, shape),
        momentum_bps=rng.integers(12, 90, shape),
        received_us=ordered_us - rng.integers(8_000, 60_000, shape),
        ordered_us=ordered_us,
    )


def _tail(plan: AgedPlan, rng: np.random.Generator) -> Tables:
    """What the bot holds at the end: open positions, then resting limit orders, a symbol each."""
    count, held = plan.tail_orders, plan.open_positions
    index = plan.blocks * BLOCK_ORDERS + np.arange(count).reshape(1, count)
    sent_us = plan.sent_us(index, rng)
    symbol = np.arange(count).reshape(1, count)
    ticks = _ticks(rng, symbol, sent_us)
    status = np.full((1, count), NEW)
    status[:, :held] = FILLED
    sent = Sent(
        order_id=index + 1,
        sent_us=sent_us,
        symbol=symbol,
        is_buy=rng.integers(0, 2, (1, count)),
        ticks=ticks,
        lots=_lots(rng, symbol, ticks),
        status=status,
        reason=np.full((1, count), ENTRY),
    )
    executed_us = sent_us[:, :held] // 1_000 * 1_000 + 90_000
    fills = Fills(
        order_id=sent.order_id[:, :held],
        symbol=symbol[:, :held],
        is_buy=sent.is_buy[:, :held],
        ticks=ticks[:, :held],
        lots=sent.lots[:, :held],
        executed_us=executed_us,
    )
    values = value_units(fills.symbol, fills.ticks, fills.lots)
    trips = Trips(
        first_id=plan.trips + 1,
        entry_id=fills.order_id,
        symbol=fills.symbol,
        is_buy=fills.is_buy,
        lots=fills.lots,
        entry_ticks=fills.ticks,
        entry_value=values,
        exit_ticks=None,
        pnl=np.zeros_like(values),
        reason=np.full(values.shape, ACTIVE),
        opened_us=executed_us,
        closed_us=None,
    )
    first_trade = plan.blocks * BLOCK_TRADES + 1
    signals = _signals(rng, plan.blocks, sent, list(range(held)), held)
    return {
        **order_tables(sent, rng, plan.zone),
        "trades": trade_table(
            fills, np.zeros_like(values), _fee(values), first_trade, rng, plan.zone
        ),
        **trip_tables(trips, plan.zone),
        "signals": signals_table(signals, plan.zone),
    }


def _ticks(rng: np.random.Generator, symbol: Ints, times_us: Ints) -> Ints:
    """Prices in ticks: a slow swing per symbol, and noise."""
    swing = 0.3 * np.sin(times_us / 7.8e12 + symbol)
    prices = BASE_PRICES[symbol] * np.exp(swing + rng.normal(0, 0.002, symbol.shape))
    return np.maximum(1, np.rint(prices * 10.0 ** PRICE_DECIMALS[symbol])).astype(np.int64)


def _lots(rng: np.random.Generator, symbol: Ints, ticks: Ints) -> Ints:
    """Quantities in steps, worth 500 to 2,000 USDT and never less than two steps."""
    worth = rng.uniform(500, 2_000, symbol.shape)
    lots = worth / ticks * 10.0 ** (PRICE_DECIMALS[symbol] + QTY_DECIMALS[symbol])
    whole: Ints = np.maximum(2, np.floor(lots)).astype(np.int64)
    return whole


def _fee(value: Ints) -> Ints:
    """Bybit's taker fee of 5.5 basis points, in 10⁻⁸ USDT."""
    return np.asarray((value * TAKER_FEE_PER_100K + 50_000) // 100_000)
