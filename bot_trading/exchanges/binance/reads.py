"""What is read from Binance by REST of the present: market, account, orders, legs.

Functions over a `SignedRest`; each raises the `ExchangeError`s of its calls, and
`MalformedMessage` for a row that cannot be understood, since a snapshot with a hole is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import TypeVar

from msgspec import Raw

from bot_trading.clock import now_us
from bot_trading.domain.account import Balance, PositionMode
from bot_trading.domain.instrument import Instrument, InstrumentId
from bot_trading.domain.market import Candle, FundingRate
from bot_trading.domain.reports import OrderReport
from bot_trading.errors import (
    ExchangeError,
    MalformedMessage,
    PositionModeMismatch,
    RequestRefused,
)
from bot_trading.exchanges.binance import reports, wire
from bot_trading.exchanges.binance.config import EXCHANGE
from bot_trading.exchanges.binance.errors import NO_SUCH_ORDER
from bot_trading.exchanges.binance.figures import balance_of, candle_of, instrument_of
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.requests import ALGO_PATH, ORDER_PATH
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.figures import number, price_or_none

__all__ = [
    *("interval_word", "read_account_alias", "read_algos", "read_balance", "read_candles"),
    *("read_funding_rates", "read_instruments", "read_last_prices", "read_market_ms", "read_mode"),
    *("read_open_orders", "read_order", "read_positions", "read_rows", "refuse_fee_burn"),
    "refuse_one_way",
]

CANDLES_MAX = 1_500
RATES_MAX = 1_000
FUNDING_LEAST_MS = 3_600_000  # No contract settles more often.
FUNDING_INTERVAL_MIN = 480  # Where fundingInfo does not say otherwise.
INTERVAL_WORDS = {
    **{minutes * 60: f"{minutes}m" for minutes in (1, 3, 5, 15, 30)},
    **{hours * 3_600: f"{hours}h" for hours in (1, 2, 4, 6, 8, 12)},
    86_400: "1d",
    604_800: "1w",
}

Row = TypeVar("Row")
Complain = reports.Complain


def interval_word(interval_s: int) -> str:
    """Binance's word for a candle's length; ValueError for a length that it does not have."""
    word = INTERVAL_WORDS.get(interval_s)
    if word is None:
        raise ValueError(
            f"binance has no candles of {interval_s} s, only of {sorted(INTERVAL_WORDS)} s"
        )
    return word


async def read_mode(rest: SignedRest) -> PositionMode:
    """How the account keeps legs; it is one mode for all symbols."""
    path = "/fapi/v1/positionSide/dual"
    row = wire.decode(wire.decode_position_mode, await rest.read(path, {}), path)
    return PositionMode.HEDGE if row.dual_side_position else PositionMode.ONE_WAY


async def refuse_one_way(rest: SignedRest) -> None:
    """Raise `PositionModeMismatch` unless the account keeps two legs."""
    if await read_mode(rest) is PositionMode.ONE_WAY:
        raise PositionModeMismatch(
            "this account is in one-way mode, expected hedge mode: close its positions and "
            "orders, then switch the position mode of futures to hedge "
            "(POST /fapi/v1/positionSide/dual, or the exchange's own settings)"
        )


async def refuse_fee_burn(rest: SignedRest) -> None:
    """Raise `ExchangeError` when the account pays fees in BNB, which results would leave out."""
    path = "/fapi/v1/feeBurn"
    if wire.decode(wire.decode_fee_burn, await rest.read(path, {}), path).fee_burn:
        raise ExchangeError(
            "this account pays its fees in BNB, expected in the coin that it settles in: turn off "
            "the payment of futures fees in BNB (POST /fapi/v1/feeBurn, or the exchange's own "
            "settings)"
        )


async def read_account_alias(rest: SignedRest) -> str:
    """The only name that Binance gives a futures account; empty where it gives none."""
    path = "/fapi/v3/balance"
    rows = wire.decode(wire.decode_balances, await rest.read(path, {}), path)
    return next((row.account_alias for row in rows if row.account_alias), "")


async def read_balance(rest: SignedRest, coin: str, least_us: int) -> Balance:
    """The account's money in `coin`, told at `least_us` or later."""
    path = "/fapi/v3/account"
    account = wire.decode(wire.decode_account, await rest.read(path, {}), path)
    return balance_of(account.assets, coin, least_us)


async def read_instruments(rest: SignedRest, symbols: frozenset[str]) -> tuple[Instrument, ...]:
    """The instruments of these symbols; a symbol that Binance does not list is left out."""
    path = "/fapi/v1/exchangeInfo"
    info = wire.decode(wire.decode_exchange_info, await rest.read(path, {}, signed=False), path)
    leverages = await _leverages(rest)
    intervals = await _funding_intervals(rest)
    found = []
    for raw in info.symbols:
        name = wire.decode(wire.decode_symbol_name, raw, path).symbol
        if name not in symbols:
            continue
        if name not in leverages:
            raise MalformedMessage(f"{name} has no leverage bracket")
        row = wire.decode(wire.decode_symbol, raw, "symbol")
        interval = intervals.get(name, FUNDING_INTERVAL_MIN)
        found.append(instrument_of(row, leverages[name], interval))
    return tuple(found)


async def read_positions(rest: SignedRest, *, urgent: bool = False) -> tuple[wire.PositionRow, ...]:
    """Every leg that is open or has an order; a leg that is not listed is flat."""
    path = "/fapi/v3/positionRisk"
    return await read_rows(rest, path, {}, wire.decode_position, urgent=urgent)


async def read_algos(
    rest: SignedRest, symbol: str = "", *, urgent: bool = False
) -> tuple[wire.AlgoRow, ...]:
    """Every conditional order that waits, of one symbol or of all."""
    params = {"symbol": symbol} if symbol else {}
    path = "/fapi/v1/openAlgoOrders"
    return await read_rows(rest, path, params, wire.decode_algo, urgent=urgent)


async def read_open_orders(
    rest: SignedRest,
    known: KnownOrders,
    complain: Complain,
    symbol: str = "",
    *,
    urgent: bool = False,
) -> tuple[OrderReport, ...]:
    """Every order that rests in the matching engine, of one symbol or of all."""
    path = "/fapi/v1/openOrders"
    params = {"symbol": symbol} if symbol else {}
    rows = await read_rows(rest, path, params, wire.decode_order, urgent=urgent)
    for row in rows:
        known.remember(row.order_id, row.client_order_id)
    return tuple(
        reports.order_report(row, now_us(), complain, known.stops.kind_fired) for row in rows
    )


async def read_order(
    rest: SignedRest, symbol: str, client_order_id: str, known: KnownOrders, complain: Complain
) -> OrderReport | None:
    """One order by its client id, live or ended, or a conditional one; None where none knows it."""
    params = {"symbol": symbol, "origClientOrderId": client_order_id}
    body = await _one(rest, ORDER_PATH, params)
    if body is not None:
        row = wire.decode(wire.decode_order, body, ORDER_PATH)
        known.remember(row.order_id, row.client_order_id)
        return reports.order_report(row, now_us(), complain, known.stops.kind_fired)
    body = await _one(rest, ALGO_PATH, {"clientAlgoId": client_order_id})
    if body is None:
        return None
    algo = wire.decode(wire.decode_algo, body, ALGO_PATH)
    return reports.algo_report(algo, now_us(), complain, known.stops.kind_of)


async def read_candles(
    rest: SignedRest,
    instrument_id: InstrumentId,
    interval_s: int,
    limit: int,
    until_us: int | None = None,
) -> tuple[Candle, ...]:
    """The last `limit` closed candles, oldest first, fewer where the instrument is younger.

    The newest row is open, unless the exchange has passed its end and the next has not begun yet:
    it is left out, and comes with the stream or the next read. With `until_us` they close by then.
    """
    found: dict[int, Candle] = {}
    before: dict[str, str] = {}
    if until_us is not None:
        before = {"endTime": str(until_us // 1000 - interval_s * 1000)}
    while len(found) < limit:
        params = {
            "symbol": instrument_id.symbol,
            "interval": interval_word(interval_s),
            "limit": str(min(CANDLES_MAX, limit - len(found) + 1)),
            **before,
        }
        body = await rest.read("/fapi/v1/klines", params, signed=False)
        rows = wire.decode(wire.decode_rows, body, "klines")
        page = [_candle(raw, instrument_id, interval_s) for raw in rows]
        if page and not before:
            page.pop()
        fresh = {candle.open_us: candle for candle in page if candle.open_us not in found}
        if not fresh:
            break
        found |= fresh
        before = {"endTime": str(min(found) // 1000 - 1)}
    return tuple(found[open_us] for open_us in sorted(found)[-limit:])


async def read_funding_rates(
    rest: SignedRest, instrument_id: InstrumentId, limit: int, until_us: int | None = None
) -> tuple[FundingRate, ...]:
    """The last rates settled by `until_us`, oldest first; a row of another symbol is malformed.

    A window that holds more than `limit` is told from its start on, so it is made so narrow that
    it cannot, settled hourly at the most.
    """
    path, rows_max = "/fapi/v1/fundingRate", min(limit, RATES_MAX)
    params = {"symbol": instrument_id.symbol, "limit": str(rows_max)}
    if until_us is not None:
        until_ms = until_us // 1000
        first_ms = max(0, until_ms - rows_max * FUNDING_LEAST_MS + 1)
        params |= {"startTime": str(first_ms), "endTime": str(until_ms)}
    rows = await read_rows(rest, path, params, wire.decode_funding, signed=False)
    for row in rows:
        if row.symbol != instrument_id.symbol:
            raise MalformedMessage(f"{path} tells of {row.symbol[:20]!r}, which was not asked for")
    rates = (
        FundingRate(
            instrument_id=instrument_id,
            rate=number(row.funding_rate, "fundingRate"),
            ts_settled_us=row.funding_time * 1000,
        )
        for row in rows
    )
    return tuple(sorted(rates, key=lambda rate: rate.ts_settled_us))


async def read_last_prices(
    rest: SignedRest, symbols: Collection[str]
) -> dict[str, tuple[Decimal, int]]:
    """The last price of each symbol, and its time in milliseconds; one that is not told is missing.

    Streams tell a price when somebody trades, so that after a reconnect none is known before.
    """
    path = "/fapi/v2/ticker/price"
    rows = await read_rows(rest, path, {}, wire.decode_price, signed=False)
    found: dict[str, tuple[Decimal, int]] = {}
    for row in rows:
        price = price_or_none(row.price, "price") if row.symbol in symbols else None
        if price is not None:
            found[row.symbol] = (price, row.time)
    return found


async def read_market_ms(rest: SignedRest, symbol: str) -> int:
    """The exchange's market time, by its newest candle: the clock that trades are stamped by.

    On a replayed market it is far from wall time, by which requests are signed.
    """
    params = {"symbol": symbol, "interval": "1m", "limit": "1"}
    body = await rest.read("/fapi/v1/klines", params, signed=False)
    rows = wire.decode(wire.decode_rows, body, "klines")
    if not rows:
        return rest.now_ms()
    return _candle(rows[0], InstrumentId(EXCHANGE, symbol), 60).close_us // 1000


async def read_rows(
    rest: SignedRest,
    path: str,
    params: Mapping[str, str],
    decoder: Callable[[bytes | Raw], Row],
    *,
    signed: bool = True,
    urgent: bool = False,
) -> tuple[Row, ...]:
    """The rows of a list, each decoded; one that cannot be makes the whole malformed."""
    body = await rest.read(path, params, signed=signed, urgent=urgent)
    raws = wire.decode(wire.decode_rows, body, path)
    return tuple(wire.decode(decoder, raw, path) for raw in raws)


async def _one(rest: SignedRest, path: str, params: Mapping[str, str]) -> bytes | None:
    """The row that a name belongs to, or None when the exchange knows no such order."""
    try:
        return await rest.read(path, params)
    except RequestRefused as refused:
        if refused.code != str(NO_SUCH_ORDER):
            raise
        return None


async def _leverages(rest: SignedRest) -> dict[str, int]:
    path = "/fapi/v1/leverageBracket"
    rows = wire.decode(wire.decode_brackets, await rest.read(path, {}), path)
    return {
        row.symbol: max(tier.initial_leverage for tier in row.brackets)
        for row in rows
        if row.brackets
    }


async def _funding_intervals(rest: SignedRest) -> dict[str, int]:
    path = "/fapi/v1/fundingInfo"
    rows = wire.decode(wire.decode_funding_infos, await rest.read(path, {}, signed=False), path)
    return {row.symbol: row.funding_interval_hours * 60 for row in rows}


def _candle(raw: Raw, instrument_id: InstrumentId, interval_s: int) -> Candle:
    """A kline's columns: open time, open, high, low, close, volume, and six more."""
    columns = wire.decode(wire.decode_candle, raw, "kline")
    if len(columns) < 6:
        raise MalformedMessage(f"a kline has {len(columns)} columns, expected 12")
    opened_ms, *texts = columns[:6]
    if not isinstance(opened_ms, int) or not all(isinstance(text, str) for text in texts):
        raise MalformedMessage("a kline's columns are not a time and five texts")
    return candle_of(instrument_id, interval_s, opened_ms, [str(text) for text in texts])
