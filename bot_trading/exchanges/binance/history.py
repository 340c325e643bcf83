"""What is read from Binance by REST of the past: fills and funding, window by window.

Functions over a `SignedRest`; each raises the `ExchangeError`s of its calls, and
`MalformedMessage` for a row that cannot be understood, since a history with a hole is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.reports import FillReport, FundingReport
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance import reports, wire
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.reads import read_market_ms, read_rows
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.figures import number

__all__ = ["read_fills", "read_funding", "read_order_trades", "windows_since"]

ROWS_MAX = 1_000
WINDOW_MS = 7 * 86_400_000  # Trades and orders are served in windows of at most seven days …
LOOK_BACK_MAX_MS = 90 * 86_400_000  # … and for three months.
SETTLED_WITHIN_MS = 600_000  # An income is written this soon after the settlement that it is of.

Complain = reports.Complain


async def read_fills(
    rest: SignedRest,
    symbols: Sequence[str],
    since_us: int,
    known: KnownOrders,
    coin: str,
    complain: Complain,
) -> tuple[tuple[FillReport, ...], int]:
    """Fills of the symbols since then, oldest first, and the first millisecond that was read.

    Windows end by the market's clock where a symbol tells it.
    """
    market_ms = await read_market_ms(rest, symbols[0]) if symbols else rest.now_ms()
    windows = windows_since(since_us, market_ms)
    fills: list[FillReport] = []
    for symbol in symbols:
        fills += await _symbol_fills(rest, symbol, windows, known, coin, complain)
    in_order = sorted(fills, key=lambda fill: fill.ts_event_us)
    return tuple(in_order), windows[0][0] if windows else since_us // 1000


async def _symbol_fills(
    rest: SignedRest,
    symbol: str,
    windows: Sequence[tuple[int, int]],
    known: KnownOrders,
    coin: str,
    complain: Complain,
) -> tuple[FillReport, ...]:
    """Fills of a symbol within the windows, oldest first, each once.

    Both sides of a trade have its number, and may both be ours.
    """
    found: dict[tuple[int, str], wire.TradeRow] = {}
    for start_ms, end_ms in windows:
        for row in await _trades_within(rest, symbol, start_ms, end_ms):
            found[row.id, row.side] = row
    rows = [found[key] for key in sorted(found)]
    await _learn_names(rest, symbol, rows, known)
    return _fills(rows, known, coin, complain)


async def read_order_trades(
    rest: SignedRest,
    symbol: str,
    order_id: str,
    known: KnownOrders,
    coin: str,
    complain: Complain,
) -> tuple[FillReport, ...]:
    """Fills of one order whose name is known."""
    params = {"symbol": symbol, "orderId": order_id, "limit": str(ROWS_MAX)}
    rows = await read_rows(rest, "/fapi/v1/userTrades", params, wire.decode_trade)
    return _fills(rows, known, coin, complain)


async def read_funding(
    rest: SignedRest, since_ms: int, coin: str, complain: Complain
) -> tuple[FundingReport, ...]:
    """Funding payments since then, oldest first, with the rate that tells their leg."""
    rows = await _incomes(rest, since_ms)
    rates: dict[str, tuple[wire.FundingRow, ...]] = {}
    found = []
    for row in rows:
        if row.asset != coin:
            complain(f"funding in {row.asset[:20]!r}, expected {coin}")
            continue
        if row.symbol not in rates:
            rates[row.symbol] = await _settled(rest, row.symbol, since_ms - SETTLED_WITHIN_MS)
        rate = _rate_at(rates[row.symbol], row.time)
        found.append(reports.funding_report(row, rate, now_us()))
    return tuple(sorted(found, key=lambda report: report.ts_event_us))


def windows_since(since_us: int, now_ms: int) -> list[tuple[int, int]]:
    """First and last millisecond of each window up to now; since 0 it is the last seven days."""
    least_ms = now_ms - (WINDOW_MS if since_us == 0 else LOOK_BACK_MAX_MS)
    start_ms = max(since_us // 1000, least_ms)
    windows = []
    while start_ms <= now_ms:
        windows.append((start_ms, min(start_ms + WINDOW_MS - 1, now_ms)))
        start_ms += WINDOW_MS
    return windows


async def _trades_within(
    rest: SignedRest, symbol: str, start_ms: int, end_ms: int
) -> Iterable[wire.TradeRow]:
    """The trades of a window; one that is full is halved, since nobody says which rows it lacks."""
    params = {
        "symbol": symbol,
        "startTime": str(start_ms),
        "endTime": str(end_ms),
        "limit": str(ROWS_MAX),
    }
    rows = await read_rows(rest, "/fapi/v1/userTrades", params, wire.decode_trade)
    if len(rows) < ROWS_MAX:
        return rows
    if start_ms >= end_ms:
        raise MalformedMessage(f"{symbol} has more than {ROWS_MAX} trades in one millisecond")
    middle_ms = (start_ms + end_ms) // 2
    older = await _trades_within(rest, symbol, start_ms, middle_ms)
    return [*older, *await _trades_within(rest, symbol, middle_ms + 1, end_ms)]


async def _learn_names(
    rest: SignedRest, symbol: str, rows: Sequence[wire.TradeRow], known: KnownOrders
) -> None:
    """Ask for the orders of trades whose names are not remembered, many at once."""
    nameless = sorted({row.order_id for row in rows if known.name_of(row.order_id) is None})
    while nameless:
        params = {"symbol": symbol, "orderId": str(nameless[0]), "limit": str(ROWS_MAX)}
        page = await read_rows(rest, "/fapi/v1/allOrders", params, wire.decode_order)
        for row in page:
            known.remember(row.order_id, row.client_order_id)
        # An order that is not listed has no name any more; its trades are still its leg's.
        reached = max((row.order_id for row in page), default=nameless[0])
        nameless = [number for number in nameless if number > max(reached, nameless[0])]


def _fills(
    rows: Iterable[wire.TradeRow], known: KnownOrders, coin: str, complain: Complain
) -> tuple[FillReport, ...]:
    return tuple(
        reports.trade_report(
            row,
            known.name_of(row.order_id) or "",
            coin,
            now_us(),
            complain,
            known.stops.kind_fired,
        )
        for row in rows
    )


async def _incomes(rest: SignedRest, since_ms: int) -> list[wire.IncomeRow]:
    """Funding rows since then, oldest first; pages go on where the one before ended."""
    found: dict[int, wire.IncomeRow] = {}
    start_ms = since_ms
    while True:
        params = {
            "incomeType": "FUNDING_FEE",
            "startTime": str(start_ms),
            "limit": str(ROWS_MAX),
        }
        page = await read_rows(rest, "/fapi/v1/income", params, wire.decode_income)
        fresh = {row.tran_id: row for row in page if row.tran_id not in found}
        found |= fresh
        if len(page) < ROWS_MAX or not fresh:
            return sorted(found.values(), key=lambda row: row.time)
        start_ms = max(row.time for row in page)


async def _settled(rest: SignedRest, symbol: str, since_ms: int) -> tuple[wire.FundingRow, ...]:
    params = {"symbol": symbol, "startTime": str(max(0, since_ms)), "limit": str(ROWS_MAX)}
    return await read_rows(rest, "/fapi/v1/fundingRate", params, wire.decode_funding, signed=False)


def _rate_at(rows: Sequence[wire.FundingRow], time_ms: int) -> Decimal | None:
    """The rate of the settlement that an income is of, or None when none is near enough."""
    near = [row for row in rows if 0 <= time_ms - row.funding_time <= SETTLED_WITHIN_MS]
    if not near:
        return None
    newest = max(near, key=lambda row: row.funding_time)
    return number(newest.funding_rate, "fundingRate")
