"""Public REST endpoints: time, instruments, candles, tickers, books, trades, funding."""

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from exchange_simulator.market.candles import MONTH_MS, candles, mark_candles, open_time_ms
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.protocols.bybit.context import Call, Route, require_linear, require_symbol
from exchange_simulator.protocols.bybit.pages import page
from exchange_simulator.protocols.bybit.ticker import instrument_row, ticker_row, tier_row
from exchange_simulator.protocols.bybit.wire import ApiError

__all__ = ["INTERVALS_MS", "MARKET_ROUTES"]

_MINUTE_MS = 60_000
_TRADES_LOOK_BACK = 20_000
_DAY_MS = 1440 * _MINUTE_MS
INTERVALS_MS = {
    **{str(n): n * _MINUTE_MS for n in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)},
    "D": _DAY_MS,
    "W": 7 * _DAY_MS,
    "M": MONTH_MS,
}


def _time(call: Call) -> Mapping[str, Any]:
    wall_us = call.exchange.clock.wall_us
    return {"timeSecond": str(wall_us // 1_000_000), "timeNano": str(wall_us * 1000)}


def _instruments(call: Call) -> Mapping[str, Any]:
    params = call.params
    category = params.text("category")
    halted = call.exchange.rules.halted_symbols
    rows = []
    if require_linear(params):
        symbol, base = params.text("symbol"), params.text("baseCoin")
        if symbol and symbol not in call.exchange.markets:
            raise ApiError(10001, "params error: symbol invalid")
        status = params.text("status")
        rows = [
            market.instrument
            for market in call.exchange.markets.values()
            if symbol in ("", market.instrument.symbol)
            and base in ("", market.instrument.base)
            and status in ("", "Closed" if market.instrument.symbol in halted else "Trading")
        ]
    chosen, cursor = page(rows, params, default=500, most=1000, name=lambda row: row.symbol)
    return {
        "category": category,
        "list": [instrument_row(row, live=row.symbol not in halted) for row in chosen],
        "nextPageCursor": cursor,
    }


def _kline(call: Call) -> Mapping[str, Any]:
    return _candle_rows(call, marks=False)


def _mark_kline(call: Call) -> Mapping[str, Any]:
    return _candle_rows(call, marks=True)


def _premium_kline(call: Call) -> Mapping[str, Any]:
    """The premium stands at the funding rate that its settlement will show."""
    answer = _candle_rows(call, marks=True)
    market = call.exchange.market(answer["symbol"])
    rows = []
    for row in answer["list"]:
        rate = plain(market.funding_rate(market.next_funding_ms(int(row[0]))))
        rows.append([row[0], rate, rate, rate, rate])
    return {**answer, "list": rows}


def _candle_rows(call: Call, *, marks: bool) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    params = call.params
    name = params.required("interval")
    interval_ms = INTERVALS_MS.get(name)
    if interval_ms is None:
        raise ApiError(10001, "Invalid period!")
    limit = min(params.integer("limit", 200, least=1), 1000)
    now_ms = call.exchange.now_ms
    end_ms = min(params.integer("end", now_ms), now_ms)
    start_ms = params.integer("start", -1)
    earliest = open_time_ms(end_ms, interval_ms) - (limit - 1) * interval_ms
    if interval_ms == MONTH_MS:
        earliest -= limit * _DAY_MS
    # With both ends given the newest candles of the window win, as at the real exchange.
    first_ms = max(start_ms, earliest)
    if start_ms >= 0 and "end" not in params.fields:
        first_ms = start_ms
        end_ms = min(end_ms, start_ms + (limit + 1) * interval_ms)
    market = call.exchange.market(symbol)
    build = mark_candles if marks else candles
    rows = build(market, interval_ms=interval_ms, start_ms=first_ms, end_ms=end_ms, now_ms=now_ms)
    rows = rows[:limit] if first_ms == start_ms else rows[-limit:]
    listed = [_candle_row(market, candle, marks=marks) for candle in reversed(rows)]
    return {"symbol": symbol, "category": "linear", "list": listed}


def _candle_row(market: SymbolMarket, candle: Any, *, marks: bool) -> list[str]:
    price = market.instrument.price_of
    prices = (candle.open, candle.high, candle.low, candle.close)
    row = [str(candle.open_ms), *(format(price(ticks), "f") for ticks in prices)]
    if not marks:
        row += [plain(market.volume(candle.volume)), plain(candle.turnover(market))]
    return row


def _tickers(call: Call) -> Mapping[str, Any]:
    category = call.params.text("category")
    rows = []
    if require_linear(call.params):
        symbol = call.params.text("symbol")
        if symbol and symbol not in call.exchange.markets:
            raise ApiError(10001, "params error: symbol invalid")
        wanted = [symbol] if symbol else list(call.exchange.markets)
        rows = [ticker_row(call.exchange, name) for name in wanted]
    return {"category": category, "list": rows}


def _orderbook(call: Call) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    depth = min(call.params.integer("limit", 25, least=1), 1000)
    exchange = call.exchange
    market = exchange.market(symbol)
    price, step = market.instrument.price_of, market.instrument.qty_step
    sides = [
        [
            [format(price(ticks), "f"), format(step * steps, "f")]
            for ticks, steps in book_levels(exchange, symbol, bids=bids, depth=depth)
        ]
        for bids in (True, False)
    ]
    return {
        "s": symbol,
        "b": sides[0],
        "a": sides[1],
        "ts": exchange.now_ms,
        "u": market.step + 1,
        "seq": market.seq,
        "cts": market.step_time_ms(market.step),
    }


def _recent_trades(call: Call) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    market = call.exchange.market(symbol)
    limit = min(call.params.integer("limit", 500, least=1), 1000)
    rows: list[dict[str, Any]] = []
    step = market.step
    # A market in which nothing trades is not searched back to its beginning.
    while step >= max(0, market.step - _TRADES_LOOK_BACK) and len(rows) < limit:
        index, point = divmod(step, market.points)
        path = market.path(index)
        if path is not None and path.volumes[point]:
            rows.append(
                {
                    "execId": f"{symbol}-{step}",
                    "symbol": symbol,
                    "price": format(market.instrument.price_of(path.prices[point]), "f"),
                    "size": plain(market.volume(path.volumes[point])),
                    "side": "Buy" if path.buyers[point] else "Sell",
                    "time": str(market.step_time_ms(step)),
                    "isBlockTrade": False,
                    "isRPITrade": False,
                    "seq": str(market.step_time_ms(step) // 1000 * 64),
                }
            )
        step -= 1
    return {"category": "linear", "list": rows}


def _funding_history(call: Call) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    params = call.params
    start, end = params.integer("startTime", -1), params.integer("endTime", -1)
    if start >= 0 and end < 0:
        raise ApiError(10001, "params error: endTime is required when startTime is given")
    limit = min(params.integer("limit", 200, least=1), 200)
    market = call.exchange.market(symbol)
    interval_ms = market.instrument.funding_interval_min * _MINUTE_MS
    now_ms = call.exchange.now_ms
    stamp = min(end, now_ms) if end >= 0 else now_ms
    stamp = stamp // interval_ms * interval_ms
    rows: list[dict[str, str]] = []
    while len(rows) < limit and stamp >= max(start, market.tape.first_ms):
        rate = market.funding_rate(stamp)
        rows.append(
            {"symbol": symbol, "fundingRate": plain(rate), "fundingRateTimestamp": str(stamp)}
        )
        stamp -= interval_ms
    return {"category": "linear", "list": rows}


def _open_interest(call: Call) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    params = call.params
    spans = {"5min": 5, "15min": 15, "30min": 30, "1h": 60, "4h": 240, "1d": 1440}
    minutes = spans.get(params.required("intervalTime"))
    if minutes is None:
        raise ApiError(10001, "params error: intervalTime invalid")
    limit = min(params.integer("limit", 50, least=1), 200)
    market = call.exchange.market(symbol)
    span_ms = minutes * _MINUTE_MS
    newest = call.exchange.now_ms // span_ms * span_ms
    stamps = [newest - index * span_ms for index in range(limit)]
    rows = []
    for stamp in stamps:
        amount = open_interest(market, stamp)
        rows.append(
            {
                "openInterest": plain(amount),
                "singleOpenInterest": plain(amount / 2),
                "timestamp": str(stamp),
            }
        )
    return {"symbol": symbol, "category": "linear", "list": rows, "nextPageCursor": ""}


def open_interest(market: SymbolMarket, stamp_ms: int) -> Decimal:
    """A made-up but steady figure: a multiple of typical volume that drifts by the hour."""
    rng = Random(stamp_ms // 3_600_000)  # noqa: S311
    scale = 300 + int(rng.random() * 30)
    return market.volume(market.tape.volume_typical() * scale)


def _risk_limit(call: Call) -> Mapping[str, Any]:
    symbols = list(call.exchange.markets)
    rows: list[dict[str, Any]] = []
    cursor = ""
    if require_linear(call.params):
        wanted = call.params.text("symbol")
        if wanted and wanted not in call.exchange.markets:
            raise ApiError(10001, "params error: symbol invalid")
        chosen, cursor = page(
            [wanted] if wanted else symbols, call.params, default=15, most=15, name=str
        )
        for symbol in chosen:
            instrument = call.exchange.instrument(symbol)
            rows += [tier_row(instrument, tier) for tier in instrument.tiers]
    return {"category": call.params.text("category"), "list": rows, "nextPageCursor": cursor}


def _status(call: Call) -> Mapping[str, Any]:
    return {"list": []}


MARKET_ROUTES = {
    ("GET", "/v5/market/time"): Route(handler=_time),
    ("GET", "/v5/market/instruments-info"): Route(handler=_instruments),
    ("GET", "/v5/market/kline"): Route(handler=_kline),
    ("GET", "/v5/market/mark-price-kline"): Route(handler=_mark_kline),
    ("GET", "/v5/market/index-price-kline"): Route(handler=_mark_kline),
    ("GET", "/v5/market/premium-index-price-kline"): Route(handler=_premium_kline),
    ("GET", "/v5/market/tickers"): Route(handler=_tickers),
    ("GET", "/v5/market/orderbook"): Route(handler=_orderbook),
    ("GET", "/v5/market/recent-trade"): Route(handler=_recent_trades),
    ("GET", "/v5/market/funding/history"): Route(handler=_funding_history),
    ("GET", "/v5/market/open-interest"): Route(handler=_open_interest),
    ("GET", "/v5/market/risk-limit"): Route(handler=_risk_limit),
    ("GET", "/v5/system/status"): Route(handler=_status, message=""),
}
