"""Public endpoints: time, instruments, candles, tickers, books, funding, tiers."""

from typing import Any

from exchange_simulator.market.candles import (
    Candle,
    candles,
    mark_candles,
    open_time_ms,
)
from exchange_simulator.market.day import day_statistics
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.protocols.depth import WINDOW, book_number
from exchange_simulator.protocols.okx.context import Call, Route, chosen_symbols
from exchange_simulator.protocols.okx.wire import (
    contract_value,
    contracts,
    instrument_code,
    instrument_name,
    symbol_of,
)
from exchange_simulator.state import Exchange

__all__ = [
    *("BARS_MS", "MARKET_ROUTES", "book_rows", "book_sides", "candle_row", "funding_row"),
    *("instrument_row", "mark_row", "ticker_row"),
]

_MINUTE_MS = 60_000
_PLAIN_BARS = {
    **{f"{count}m": count for count in (1, 3, 5, 15, 30)},
    **{f"{count}H": count * 60 for count in (1, 2, 4, 6, 12)},
    **{"1D": 1440, "2D": 2880, "3D": 4320, "1W": 10_080},
}
# Bars of six hours and more open by Hong Kong time unless "utc" is said; here all open by UTC.
BARS_MS = {
    **{name: count * _MINUTE_MS for name, count in _PLAIN_BARS.items()},
    **{f"{name}utc": count * _MINUTE_MS for name, count in _PLAIN_BARS.items() if count >= 360},
}


def _time(call: Call) -> list[Any]:
    return [{"ts": str(call.exchange.clock.wall_ms)}]


def instrument_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """An instrument with its contract value and lot."""
    instrument = exchange.instrument(symbol)
    value = contract_value(instrument)
    row: dict[str, Any] = dict.fromkeys(
        (
            *("alias", "auctionEndTime", "baseCcy", "quoteCcy", "contTdSwTime", "expTime"),
            *("openType", "optType", "stk", "tradeQuoteCcyList"),
        ),
        "",
    )
    return row | {
        "category": "1",
        "ctMult": "1",
        "ctType": "linear",
        "ctVal": plain(value),
        "ctValCcy": instrument.base,
        "futureSettlement": False,
        "groupId": "1",
        "instFamily": f"{instrument.base}-{instrument.quote}",
        "instId": instrument_name(instrument),
        "instIdCode": instrument_code(exchange, symbol),
        "instType": "SWAP",
        "lever": plain(instrument.max_leverage),
        "listTime": str(instrument.launch_ms),
        "lotSz": plain(instrument.qty_step / value),
        "maxIcebergSz": contracts(instrument, instrument.max_qty),
        "maxLmtAmt": "20000000",
        "maxLmtSz": contracts(instrument, instrument.max_qty),
        "maxMktAmt": "",
        "maxMktSz": contracts(instrument, instrument.max_market_qty),
        "maxStopSz": contracts(instrument, instrument.max_market_qty),
        "maxTriggerSz": contracts(instrument, instrument.max_qty),
        "maxTwapSz": contracts(instrument, instrument.max_qty),
        "minSz": plain(instrument.min_qty / value),
        "ruleType": "normal",
        "settleCcy": instrument.quote,
        "state": "live",
        "tickSz": plain(instrument.tick_size),
        "uly": f"{instrument.base}-{instrument.quote}",
    }


def _instruments(call: Call) -> list[Any]:
    call.fields.required("instType")
    return [instrument_row(call.exchange, symbol) for symbol in chosen_symbols(call)]


def candle_row(market: SymbolMarket, candle: Candle, now_ms: int) -> list[str]:
    """A candle as a row of nine columns; the last says whether it is closed."""
    price = market.instrument.price_of
    texts = [plain(price(ticks)) for ticks in (candle.open, candle.high, candle.low, candle.close)]
    volume = market.volume(candle.volume)
    amounts = [contracts(market.instrument, volume), plain(volume), plain(candle.turnover(market))]
    return [str(candle.open_ms), *texts, *amounts, "1" if candle.close_ms <= now_ms else "0"]


def _candles(call: Call, *, marks: bool, most: int = 300) -> list[Any]:
    """Newest first; `after` asks for older ones than a time, `before` for newer ones."""
    name = call.fields.required("instId")
    symbol = symbol_of(call.exchange, name if name.endswith("-SWAP") else f"{name}-SWAP")
    bar_ms: int = call.fields.one_of("bar", BARS_MS, "1m")
    limit = min(call.fields.integer("limit", 100, least=1), most)
    now_ms = call.exchange.now_ms
    after, before = call.fields.integer("after", 0), call.fields.integer("before", 0)
    end_ms = min(after - 1, now_ms) if after else now_ms
    first_ms = open_time_ms(end_ms, bar_ms) - (limit - 1) * bar_ms
    if before and not after:
        first_ms = max(first_ms, before + 1)
    elif before:
        first_ms = before + 1
        end_ms = min(end_ms, first_ms + limit * bar_ms)
    market = call.exchange.market(symbol)
    build = mark_candles if marks else candles
    rows = build(market, interval_ms=bar_ms, start_ms=first_ms, end_ms=end_ms, now_ms=now_ms)
    listed = [candle_row(market, candle, now_ms) for candle in reversed(rows[:limit])]
    return [[*row[:5], row[8]] for row in listed] if marks else listed


def _last_candles(call: Call) -> list[Any]:
    return _candles(call, marks=False)


def _mark_candles(call: Call) -> list[Any]:
    return _candles(call, marks=True, most=100)


def ticker_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """Last, best and 24-hour prices; volumes in contracts and in base coin."""
    market = exchange.market(symbol)
    instrument = market.instrument
    day, last = day_statistics(market, exchange.now_ms), market.last_ticks
    opened = plain(instrument.price_of(day.price_day_ago))
    volume = market.volume(day.volume)
    row: dict[str, Any] = {
        "instType": "SWAP",
        "instId": instrument_name(instrument),
        "last": plain(market.last),
        "lastSz": contracts(instrument, market.volume(market.trade().units)),
    }
    for side, bids in (("ask", False), ("bid", True)):
        ticks, steps = book_levels(exchange, symbol, bids=bids, depth=1)[0]
        row[f"{side}Px"] = plain(instrument.price_of(ticks))
        row[f"{side}Sz"] = contracts(instrument, instrument.qty_step * steps)
    return row | {
        "open24h": opened,
        "high24h": plain(instrument.price_of(max(day.high, last))),
        "low24h": plain(instrument.price_of(min(day.low, last))),
        "volCcy24h": plain(volume),
        "vol24h": contracts(instrument, volume),
        "sodUtc0": opened,
        "sodUtc8": opened,
        "ts": str(exchange.now_ms),
    }


def _tickers(call: Call) -> list[Any]:
    call.fields.required("instType")
    return [ticker_row(call.exchange, symbol) for symbol in chosen_symbols(call)]


def _ticker(call: Call) -> list[Any]:
    call.fields.required("instId")
    return [ticker_row(call.exchange, symbol) for symbol in chosen_symbols(call)]


def book_rows(exchange: Exchange, symbol: str, levels: list[tuple[int, int]]) -> list[list[str]]:
    """Write levels as price, contracts, a deprecated zero and the number of orders."""
    instrument = exchange.instrument(symbol)
    return [
        [
            plain(instrument.price_of(ticks)),
            contracts(instrument, instrument.qty_step * steps),
            "0",
            "1" if steps else "0",
        ]
        for ticks, steps in levels
    ]


def book_sides(exchange: Exchange, symbol: str, depth: int) -> dict[str, Any]:
    """Both sides of a book, best first."""
    return {
        name: book_rows(exchange, symbol, book_levels(exchange, symbol, bids=bids, depth=depth))
        for name, bids in (("asks", False), ("bids", True))
    }


def _books(call: Call) -> list[Any]:
    symbol = symbol_of(call.exchange, call.fields.required("instId"))
    depth = min(call.fields.integer("sz", 1, least=1), 400, WINDOW)
    sides = book_sides(call.exchange, symbol, depth)
    number = book_number(call.exchange, symbol)
    return [{**sides, "ts": str(call.exchange.now_ms), "seqId": number}]


def _trades(call: Call) -> list[Any]:
    """The tape's last trades, newest first."""
    market = call.exchange.market(symbol_of(call.exchange, call.fields.required("instId")))
    limit = min(call.fields.integer("limit", 100, least=1), 500)
    rows: list[Any] = []
    step = market.step
    while step >= 0 and len(rows) < limit:
        index, point = divmod(step, market.points)
        path = market.path(index)
        if path is not None and path.volumes[point]:
            rows.append(
                {
                    "instId": instrument_name(market.instrument),
                    "side": "buy" if path.buyers[point] else "sell",
                    "sz": contracts(market.instrument, market.volume(path.volumes[point])),
                    "px": plain(market.instrument.price_of(path.prices[point])),
                    "source": "0",
                    "tradeId": str(step + 1),
                    "ts": str(market.step_time_ms(step)),
                }
            )
        step -= 1
    return rows


def funding_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """The running funding rate and the next one."""
    market = exchange.market(symbol)
    next_ms = market.next_funding_ms(exchange.now_ms)
    span_ms = market.instrument.funding_interval_min * _MINUTE_MS
    return {
        "formulaType": "withRate",
        "fundingRate": plain(market.funding_rate(next_ms)),
        "fundingTime": str(next_ms),
        "impactValue": "",
        "instId": instrument_name(market.instrument),
        "instType": "SWAP",
        "interestRate": "0.0001",
        "maxFundingRate": "0.00375",
        "method": "current_period",
        "minFundingRate": "-0.00375",
        "nextFundingRate": "",
        "nextFundingTime": str(next_ms + span_ms),
        "premium": "0",
        "prevFundingTime": str(next_ms - span_ms),
        "settFundingRate": plain(market.funding_rate(next_ms - span_ms)),
        "settState": "settled",
        "ts": str(exchange.now_ms),
    }


def _funding(call: Call) -> list[Any]:
    name = call.fields.required("instId")
    symbols = list(call.exchange.markets) if name == "ANY" else chosen_symbols(call)
    return [funding_row(call.exchange, symbol) for symbol in symbols]


def _funding_history(call: Call) -> list[Any]:
    symbol = symbol_of(call.exchange, call.fields.required("instId"))
    market = call.exchange.market(symbol)
    span_ms = market.instrument.funding_interval_min * _MINUTE_MS
    limit = min(call.fields.integer("limit", 400, least=1), 400)
    after, before = call.fields.integer("after", 0), call.fields.integer("before", 0)
    stamp_ms = min(after - 1, call.exchange.now_ms) if after else call.exchange.now_ms
    stamp_ms = stamp_ms // span_ms * span_ms
    rows: list[Any] = []
    while len(rows) < limit and stamp_ms >= max(market.tape.first_ms, before + 1):
        rate = plain(market.funding_rate(stamp_ms))
        rows.append(
            {
                "formulaType": "withRate",
                "fundingRate": rate,
                "fundingTime": str(stamp_ms),
                "instId": instrument_name(market.instrument),
                "instType": "SWAP",
                "method": "current_period",
                "realizedRate": rate,
            }
        )
        stamp_ms -= span_ms
    return rows


def mark_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """The mark price."""
    market = exchange.market(symbol)
    return {
        "instId": instrument_name(market.instrument),
        "instType": "SWAP",
        "markPx": plain(market.mark),
        "ts": str(exchange.now_ms),
    }


def _marks(call: Call) -> list[Any]:
    return [mark_row(call.exchange, symbol) for symbol in chosen_symbols(call)]


def _price_limit(call: Call) -> list[Any]:
    symbol = symbol_of(call.exchange, call.fields.required("instId"))
    market, band = call.exchange.market(symbol), call.exchange.rules.limit_band_ratio
    tick = market.instrument.tick_size
    return [
        {
            "instType": "SWAP",
            "instId": instrument_name(market.instrument),
            "buyLmt": plain((market.mark * (1 + band)).quantize(tick)),
            "sellLmt": plain((market.mark * (1 - band)).quantize(tick)),
            "ts": str(call.exchange.now_ms),
            "enabled": True,
        }
    ]


def _nothing(call: Call) -> list[Any]:
    return []


MARKET_ROUTES = {
    ("GET", "/api/v5/public/time"): Route(handler=_time),
    ("GET", "/api/v5/public/instruments"): Route(handler=_instruments),
    ("GET", "/api/v5/market/candles"): Route(handler=_last_candles),
    ("GET", "/api/v5/market/history-candles"): Route(handler=_last_candles),
    ("GET", "/api/v5/market/mark-price-candles"): Route(handler=_mark_candles),
    ("GET", "/api/v5/market/index-candles"): Route(handler=_mark_candles),
    ("GET", "/api/v5/market/history-mark-price-candles"): Route(handler=_mark_candles),
    ("GET", "/api/v5/market/history-index-candles"): Route(handler=_mark_candles),
    ("GET", "/api/v5/market/tickers"): Route(handler=_tickers),
    ("GET", "/api/v5/market/ticker"): Route(handler=_ticker),
    ("GET", "/api/v5/market/books"): Route(handler=_books),
    ("GET", "/api/v5/market/books-full"): Route(handler=_books),
    ("GET", "/api/v5/market/trades"): Route(handler=_trades),
    ("GET", "/api/v5/market/history-trades"): Route(handler=_trades),
    ("GET", "/api/v5/public/funding-rate"): Route(handler=_funding),
    ("GET", "/api/v5/public/funding-rate-history"): Route(handler=_funding_history),
    ("GET", "/api/v5/public/mark-price"): Route(handler=_marks),
    ("GET", "/api/v5/public/price-limit"): Route(handler=_price_limit),
    ("GET", "/api/v5/system/status"): Route(handler=_nothing),
    ("GET", "/api/v5/asset/currencies"): Route(handler=_nothing, private=True),
}
