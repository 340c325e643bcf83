"""What is read from Bybit by REST: pages put together, rows turned into reports.

Functions over a `SignedRest`; each raises the `ExchangeError`s of its calls, and
`MalformedMessage` for a row that cannot be understood, since a snapshot with a hole is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from msgspec import Raw

from bot_trading.clock import now_us
from bot_trading.domain.account import Balance
from bot_trading.domain.fill import TradeKey
from bot_trading.domain.instrument import Instrument, InstrumentId
from bot_trading.domain.market import Candle, FundingRate
from bot_trading.domain.reports import FillReport, FundingReport, LegReport, OrderReport
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit import reports, wire
from bot_trading.exchanges.bybit.config import EXCHANGE
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.rest import Group, Reply, SignedRest
from bot_trading.exchanges.bybit.streams import interval_word
from bot_trading.exchanges.figures import number
from bot_trading.exchanges.pages import all_pages

__all__ = [
    "read_balance",
    "read_candles",
    "read_executions",
    "read_funding_rates",
    "read_holdings",
    "read_instruments",
    "read_legs",
    "read_open_legs",
    "read_open_orders",
    "read_order",
]

WINDOW_MS = 7 * 86_400_000  # Executions are served in windows of at most seven days …
LOOK_BACK_MAX_MS = 730 * 86_400_000  # … and for at most two years.
CANDLES_MAX = 1_000
RATES_MAX = 200

Row = TypeVar("Row")
Complain = reports.Complain


async def read_balance(rest: SignedRest, coin: str) -> Balance:
    """The account's money in `coin`; a wallet that does not list the coin holds none of it."""
    path = "/v5/account/wallet-balance"
    reply = await rest.read(path, {"accountType": "UNIFIED"}, Group.ACCOUNT)
    rows = _rows(reply, path)
    if not rows:
        raise MalformedMessage(f"{path} lists no unified account: upgrade the account to unified")
    wallet = wire.decode(wire.decode_wallet, rows[0], path)
    balance = reports.balance_of(wallet, coin, reply.time_ms * 1000)
    zero = Decimal(0)
    return balance or Balance(
        exchange=EXCHANGE,
        coin=coin,
        equity=zero,
        wallet_balance=zero,
        available=zero,
        ts_event_us=reply.time_ms * 1000,
    )


async def read_instruments(rest: SignedRest, symbols: frozenset[str]) -> tuple[Instrument, ...]:
    """The instruments of these symbols; a symbol that Bybit does not list is left out."""
    rows = await _pages(
        rest,
        "/v5/market/instruments-info",
        {"category": "linear", "limit": "1000"},
        Group.MARKET,
        wire.decode_instrument_name,
    )
    wanted = [raw for name, raw in rows if name.symbol in symbols]
    return tuple(
        reports.instrument_of(wire.decode(wire.decode_instrument, raw, "instrument"))
        for raw in wanted
    )


async def read_legs(rest: SignedRest, symbol: str) -> tuple[LegReport, ...]:
    """Every leg of a symbol, flat ones too: two in hedge mode, one with index 0 in one-way."""
    rows = await _pages(
        rest,
        "/v5/position/list",
        {"category": "linear", "symbol": symbol},
        Group.POSITIONS,
        wire.decode_position,
    )
    indexes = sorted(row.position_idx for row, _ in rows)
    if indexes not in ([0], [1, 2]):
        raise MalformedMessage(
            f"{symbol} lists legs {indexes}, expected 1 and 2 in hedge mode or 0 in one-way mode"
        )
    return tuple(reports.leg_report(row, now_us()) for row, _ in rows)


async def read_open_legs(rest: SignedRest, coin: str) -> tuple[LegReport, ...]:
    """Every leg that is not flat, whatever its symbol."""
    rows = await read_holdings(rest, coin)
    return tuple(reports.leg_report(row, now_us()) for row in rows)


async def read_holdings(rest: SignedRest, coin: str) -> tuple[wire.PositionRow, ...]:
    """The rows of every leg that is not flat, with the side that one-way mode alone needs."""
    rows = await _pages(
        rest,
        "/v5/position/list",
        {"category": "linear", "settleCoin": coin, "limit": "200"},
        Group.POSITIONS,
        wire.decode_position,
    )
    return tuple(row for row, _ in rows)


async def read_open_orders(
    rest: SignedRest, coin: str, known: KnownOrders, complain: Complain
) -> tuple[OrderReport, ...]:
    """Every order that can still do something: resting, conditional, and stops of legs."""
    rows = await _pages(
        rest,
        "/v5/order/realtime",
        {"category": "linear", "settleCoin": coin, "openOnly": "0", "limit": "50"},
        Group.ORDERS,
        wire.decode_order,
    )
    found = tuple(reports.order_report(row, now_us(), complain) for row, _ in rows)
    for report in found:
        known.remember(report)
    return found


async def read_order(
    rest: SignedRest, symbol: str, client_order_id: str, known: KnownOrders, complain: Complain
) -> OrderReport | None:
    """One order by its client id, from the live ones, then from history; None in neither."""
    named = {"category": "linear", "symbol": symbol, "orderLinkId": client_order_id}
    for path, group in (
        ("/v5/order/realtime", Group.ORDERS),
        ("/v5/order/history", Group.HISTORY),
    ):
        rows = await _pages(rest, path, named, group, wire.decode_order)
        ours = [row for row, _ in rows if row.order_link_id == client_order_id]
        if ours:
            newest = max(ours, key=lambda row: row.updated_time)
            report = reports.order_report(newest, now_us(), complain)
            known.remember(report)
            return report
    return None


async def read_executions(
    rest: SignedRest,
    filters: Mapping[str, str],
    windows: Sequence[Mapping[str, str]],
    known: KnownOrders,
    coin: str,
    complain: Complain,
) -> tuple[tuple[FillReport, ...], tuple[FundingReport, ...]]:
    """Fills and funding payments of the windows, oldest first, each once."""
    found: dict[TradeKey, FillReport | FundingReport] = {}
    for window in windows:
        rows = await _pages(
            rest,
            "/v5/execution/list",
            {"category": "linear", **filters, **window, "limit": "100"},
            Group.EXECUTIONS,
            wire.decode_execution,
        )
        for row, _ in rows:
            report = reports.execution_report(row, known.leg_of(row), coin, now_us(), complain)
            if report is not None:
                found[report.key] = report
    # Bybit lists the newest first, so of one millisecond's executions the last listed came first.
    inorder = sorted(reversed(found.values()), key=lambda report: report.ts_event_us)
    return (
        tuple(report for report in inorder if isinstance(report, FillReport)),
        tuple(report for report in inorder if isinstance(report, FundingReport)),
    )


async def read_candles(
    rest: SignedRest,
    instrument_id: InstrumentId,
    interval_s: int,
    limit: int,
    until_us: int | None = None,
) -> tuple[Candle, ...]:
    """The last `limit` closed candles, oldest first, fewer where the instrument is younger.

    Bybit lists the newest first. That one is still open, unless the exchange's clock has just
    passed its end and the next has not begun yet. With `until_us` they close by then.
    """
    interval_ms = interval_s * 1000
    found: dict[int, Candle] = {}
    older_than: dict[str, str] = {}
    if until_us is not None:
        older_than = {"end": str(until_us // 1000 - interval_ms)}
    while len(found) < limit:
        reply = await rest.read(
            "/v5/market/kline",
            {
                "category": "linear",
                "symbol": instrument_id.symbol,
                "interval": interval_word(interval_s),
                "limit": str(min(CANDLES_MAX, limit - len(found) + 1)),
                **older_than,
            },
            Group.MARKET,
            signed=False,
        )
        page = [_candle(raw, instrument_id, interval_s) for raw in _rows(reply, "klines")]
        if page and not older_than:
            since_close_ms = reply.time_ms - page[0].close_us // 1000
            if not 0 <= since_close_ms < interval_ms:
                del page[0]
        fresh = {candle.open_us: candle for candle in page if candle.open_us not in found}
        if not fresh:
            break
        found |= fresh
        older_than = {"end": str(min(found) // 1000 - 1)}
    return tuple(found[open_us] for open_us in sorted(found)[-limit:])


async def read_funding_rates(
    rest: SignedRest, instrument_id: InstrumentId, limit: int, until_us: int | None = None
) -> tuple[FundingRate, ...]:
    """The last rates settled by `until_us`, oldest first; a row of another symbol is malformed."""
    path = "/v5/market/funding/history"
    params = {
        "category": "linear",
        "symbol": instrument_id.symbol,
        "limit": str(min(limit, RATES_MAX)),
    }
    if until_us is not None:
        params["endTime"] = str(until_us // 1000)
    reply = await rest.read(path, params, Group.MARKET, signed=False)
    rates = []
    for raw in _rows(reply, path):
        row = wire.decode(wire.decode_funding, raw, path)
        if row.symbol != instrument_id.symbol:
            raise MalformedMessage(f"{path} tells of {row.symbol[:20]!r}, which was not asked for")
        rates.append(
            FundingRate(
                instrument_id=instrument_id,
                rate=number(row.funding_rate, "fundingRate"),
                ts_settled_us=row.funding_rate_timestamp * 1000,
            )
        )
    return tuple(sorted(rates, key=lambda rate: rate.ts_settled_us))


def _rows(reply: Reply, what: str) -> list[Raw]:
    return wire.decode(wire.decode_page, reply.result, what).rows


def _candle(raw: Raw, instrument_id: InstrumentId, interval_s: int) -> Candle:
    """A kline's columns: start, open, high, low, close, volume, turnover."""
    texts = wire.decode(wire.decode_texts, raw, "kline")
    if len(texts) < 6:
        raise MalformedMessage(f"a kline has {len(texts)} columns, expected 7")
    open_ms = int(number(texts[0], "a kline's start"))
    return reports.candle_of(instrument_id, interval_s, open_ms, texts[1:6])


async def _pages(
    rest: SignedRest,
    path: str,
    params: Mapping[str, str],
    group: Group,
    decoder: Callable[[bytes | Raw], Row],
) -> list[tuple[Row, Raw]]:
    """The rows of every page, decoded and raw; a cursor that repeats is malformed."""

    async def ask(cursor: str) -> tuple[list[tuple[Row, Raw]], str]:
        reply = await rest.read(path, {**params, **({"cursor": cursor} if cursor else {})}, group)
        page = wire.decode(wire.decode_page, reply.result, path)
        return [(wire.decode(decoder, raw, path), raw) for raw in page.rows], page.next_page_cursor

    return await all_pages(ask, path)


async def read_market_ms(rest: SignedRest, symbol: str) -> int:
    """The exchange's market time, by its newest candle: the clock that executions are stamped by.

    On a replayed market it is far from wall time, by which requests are signed.
    """
    interval_s = 60
    reply = await rest.read(
        "/v5/market/kline",
        {
            "category": "linear",
            "symbol": symbol,
            "interval": interval_word(interval_s),
            "limit": "1",
        },
        Group.MARKET,
        signed=False,
    )
    rows = _rows(reply, "klines")
    if not rows:
        return rest.now_ms()
    newest = _candle(rows[0], InstrumentId(EXCHANGE, symbol), interval_s)
    return newest.close_us // 1000


def windows_since(since_us: int, now_ms: int) -> list[dict[str, str]]:
    """startTime and endTime of each window of seven days; the last is open towards the future.

    Since 0, which is nothing known, it is Bybit's own default window: the last seven days.
    """
    if since_us == 0:
        return [{}]
    start_ms = max(since_us // 1000, now_ms - LOOK_BACK_MAX_MS)
    windows = []
    while start_ms + WINDOW_MS <= now_ms:
        windows.append({"startTime": str(start_ms), "endTime": str(start_ms + WINDOW_MS)})
        start_ms += WINDOW_MS
    return [*windows, {"startTime": str(start_ms)}]
