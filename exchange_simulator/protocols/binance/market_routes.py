"""Public endpoints: time, symbols, candles, mark price, funding, depth, trades, tickers."""

from decimal import Decimal
from typing import Any

from exchange_simulator.market.candles import (
    MONTH_MS,
    Candle,
    candles,
    mark_candles,
    open_time_ms,
)
from exchange_simulator.market.day import day_statistics
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.protocols.answers import fixed, plain
from exchange_simulator.protocols.binance.context import (
    Call,
    Route,
    optional_symbol,
    require_symbol,
)
from exchange_simulator.protocols.binance.depth import DEPTH_LIMITS, Depths
from exchange_simulator.protocols.binance.limits import (
    ORDERS_PER_10S,
    ORDERS_PER_MINUTE,
    WEIGHT_PER_MINUTE,
)
from exchange_simulator.protocols.binance.wire import ApiError
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.state import MONEY_UNIT, Exchange

__all__ = [
    "INTEREST_MULTIPLE",
    "INTERVALS_MS",
    "MARKET_ROUTES",
    "book_ticker_row",
    "candle_row",
    "mark_price_row",
    "ticker_row",
]

_MINUTE_MS = 60_000
INTERVALS_MS = {
    **{f"{count}m": count * _MINUTE_MS for count in (1, 3, 5, 15, 30)},
    **{f"{count}h": count * 60 * _MINUTE_MS for count in (1, 2, 4, 6, 8, 12)},
    **{f"{count}d": count * 1440 * _MINUTE_MS for count in (1, 3)},
    "1w": 7 * 1440 * _MINUTE_MS,
    "1M": MONTH_MS,
}
INTEREST_MULTIPLE = 310
_PERCENT_UNIT = Decimal("0.001")


def _ping(call: Call) -> dict[str, Any]:
    return {}


def _time(call: Call) -> dict[str, Any]:
    return {"serverTime": call.wall_ms}


def _exchange_info(call: Call) -> dict[str, Any]:
    return {
        "timezone": "UTC",
        "serverTime": call.wall_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            _rate("REQUEST_WEIGHT", "MINUTE", 1, WEIGHT_PER_MINUTE),
            _rate("ORDERS", "MINUTE", 1, ORDERS_PER_MINUTE),
            _rate("ORDERS", "SECOND", 10, ORDERS_PER_10S),
        ],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": [_symbol_row(call.exchange, symbol) for symbol in call.exchange.markets],
    }


def _rate(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    names = ("rateLimitType", "interval", "intervalNum", "limit")
    return dict(zip(names, (kind, interval, number, limit), strict=True))


def _symbol_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    instrument = exchange.instrument(symbol)
    rules = exchange.rules
    tick, step = instrument.tick_size, instrument.qty_step
    low, high = 1 - rules.limit_band_ratio, 1 + rules.limit_band_ratio
    return {
        "symbol": symbol,
        "pair": symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000,
        "onboardDate": instrument.launch_ms,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": instrument.base,
        "quoteAsset": instrument.quote,
        "marginAsset": instrument.quote,
        "pricePrecision": -int(tick.as_tuple().exponent),
        "quantityPrecision": -int(step.as_tuple().exponent),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": plain(rules.market_band_ratio),
        "liquidationFee": "0.012500",
        "marketTakeBound": plain(rules.market_band_ratio),
        "maxMoveOrderLimit": 10000,
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": format(instrument.min_price, "f"),
                "maxPrice": format(instrument.max_price, "f"),
                "tickSize": format(tick, "f"),
            },
            _lot("LOT_SIZE", instrument.min_qty, instrument.max_qty, step),
            _lot("MARKET_LOT_SIZE", instrument.min_qty, instrument.max_market_qty, step),
            {"filterType": "MAX_NUM_ORDERS", "limit": rules.active_orders_max},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": rules.conditional_orders_max},
            {"filterType": "MIN_NOTIONAL", "notional": plain(instrument.min_notional)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": fixed(high, Decimal("0.0001")),
                "multiplierDown": fixed(low, Decimal("0.0001")),
                "multiplierDecimal": "4",
            },
        ],
        "orderTypes": [
            *("LIMIT", "MARKET", "STOP", "STOP_MARKET"),
            *("TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"),
        ],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _lot(kind: str, least: Decimal, most: Decimal, step: Decimal) -> dict[str, str]:
    texts = {"minQty": least, "maxQty": most, "stepSize": step}
    return {"filterType": kind, **{name: format(value, "f") for name, value in texts.items()}}


def candle_row(market: SymbolMarket, candle: Candle) -> list[Any]:
    """A candle as a row of twelve columns."""
    price = market.instrument.price_of
    texts = [
        format(price(ticks), "f") for ticks in (candle.open, candle.high, candle.low, candle.close)
    ]
    volume, turnover = market.volume(candle.volume), candle.turnover(market)
    trades = max(1, (candle.close_ms - candle.open_ms) // market.step_ms)
    half = [plain(volume / 2), plain(turnover / 2)]
    return [
        *(candle.open_ms, *texts, plain(volume), candle.close_ms - 1),
        *(plain(turnover), trades if candle.volume else 0, *half, "0"),
    ]


def _klines(call: Call) -> list[list[Any]]:
    return _candles(call, require_symbol(call), marks=False)


def _mark_klines(call: Call) -> list[list[Any]]:
    return _candles(call, require_symbol(call), marks=True)


def _pair_klines(call: Call) -> list[list[Any]]:
    pair = call.fields.required("pair")
    if pair not in call.exchange.markets:
        raise ApiError(-1121, "Invalid symbol.")
    return _candles(call, pair, marks="contractType" not in call.fields.values)


def _candles(call: Call, symbol: str, *, marks: bool) -> list[list[Any]]:
    """Oldest first. From startTime on, or else the newest up to endTime."""
    fields, now_ms = call.fields, call.exchange.now_ms
    interval_ms: int = fields.one_of("interval", INTERVALS_MS)
    limit = min(fields.integer("limit", 500, least=1), 1500)
    start_ms = fields.integer("startTime", -1)
    end_ms = min(fields.integer("endTime", now_ms), now_ms)
    if start_ms > end_ms:
        return []
    first_ms = open_time_ms(end_ms, interval_ms) - (limit - 1) * interval_ms
    if start_ms >= 0:
        first_ms = start_ms
        end_ms = min(end_ms, start_ms + limit * interval_ms)
    market = call.exchange.market(symbol)
    build = mark_candles if marks else candles
    rows = build(market, interval_ms=interval_ms, start_ms=first_ms, end_ms=end_ms, now_ms=now_ms)
    chosen = rows[:limit] if start_ms >= 0 else rows[-limit:]
    return [candle_row(market, candle) for candle in chosen]


def _each(call: Call, make: Any) -> Any:
    """One row for a symbol, or a list of all."""
    symbol = optional_symbol(call)
    if symbol:
        return make(call.exchange, symbol)
    return [make(call.exchange, name) for name in call.exchange.markets]


def mark_price_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """Mark price, index price and the running funding rate."""
    market = exchange.market(symbol)
    next_ms = market.next_funding_ms(exchange.now_ms)
    return {
        "symbol": symbol,
        "markPrice": fixed(market.mark, MONEY_UNIT),
        "indexPrice": fixed(market.index, MONEY_UNIT),
        "estimatedSettlePrice": fixed(market.mark, MONEY_UNIT),
        "lastFundingRate": fixed(market.funding_rate(next_ms), MONEY_UNIT),
        "interestRate": "0.00010000",
        "nextFundingTime": next_ms,
        "time": exchange.now_ms,
    }


def _premium_index(call: Call) -> Any:
    return _each(call, mark_price_row)


def _funding_rates(call: Call) -> list[dict[str, Any]]:
    symbol = optional_symbol(call)
    fields, now_ms = call.fields, call.exchange.now_ms
    limit = min(fields.integer("limit", 100, least=1), 1000)
    start_ms, end_ms = fields.integer("startTime", -1), fields.integer("endTime", now_ms)
    rows: list[dict[str, Any]] = []
    for name in [symbol] if symbol else call.exchange.markets:
        market = call.exchange.market(name)
        span_ms = market.instrument.funding_interval_min * _MINUTE_MS
        last_ms = min(end_ms, now_ms) // span_ms * span_ms
        first_ms = max(start_ms, market.tape.first_ms, last_ms - (limit - 1) * span_ms)
        if start_ms >= 0:
            first_ms = max(start_ms, market.tape.first_ms)
            last_ms = min(last_ms, first_ms + limit * span_ms)
        first_ms = -(-first_ms // span_ms) * span_ms
        rows += [
            {
                "symbol": name,
                "fundingTime": stamp_ms,
                "fundingRate": fixed(market.funding_rate(stamp_ms), MONEY_UNIT),
                "markPrice": fixed(market.mark, MONEY_UNIT),
            }
            for stamp_ms in range(first_ms, last_ms + 1, span_ms)
        ]
    return rows[:limit]


def _funding_info(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "symbol": symbol,
            "adjustedFundingRateCap": "0.02500000",
            "adjustedFundingRateFloor": "-0.02500000",
            "fundingIntervalHours": market.instrument.funding_interval_min // 60,
            "disclaimer": False,
        }
        for symbol, market in call.exchange.markets.items()
    ]


def _depth(call: Call) -> dict[str, Any]:
    symbol = require_symbol(call)
    limit = call.fields.integer("limit", 500)
    if limit not in DEPTH_LIMITS:
        raise ApiError(-4021, f"{limit} is not valid depth limit.")
    return Depths(call.exchange).snapshot(symbol, limit)


def ticker_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """What happened in the last 24 hours."""
    market = exchange.market(symbol)
    price = market.instrument.price_of
    day, last = day_statistics(market, exchange.now_ms), market.last_ticks
    change = last - day.price_day_ago
    volume = market.volume(day.volume)
    mean = day.turnover / volume if volume else price(last)
    return {
        "symbol": symbol,
        "priceChange": format(price(change), "f"),
        "priceChangePercent": fixed(Decimal(change) * 100 / day.price_day_ago, _PERCENT_UNIT),
        "weightedAvgPrice": fixed(mean, market.instrument.tick_size),
        "lastPrice": format(price(last), "f"),
        "lastQty": plain(market.volume(market.trade().units)),
        "openPrice": format(price(day.price_day_ago), "f"),
        "highPrice": format(price(max(day.high, last)), "f"),
        "lowPrice": format(price(min(day.low, last)), "f"),
        "volume": plain(volume),
        "quoteVolume": plain(day.turnover),
        "openTime": exchange.now_ms - 86_400_000,
        "closeTime": exchange.now_ms,
        "firstId": max(1, market.step - 1440 * market.points),
        "lastId": market.step + 1,
        "count": min(market.step + 1, 1440 * market.points),
    }


def _ticker(call: Call) -> Any:
    return _each(call, ticker_row)


def _price_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    last = format(exchange.market(symbol).last, "f")
    return {"symbol": symbol, "price": last, "time": exchange.now_ms}


def _price(call: Call) -> Any:
    return _each(call, _price_row)


def book_ticker_row(exchange: Exchange, symbol: str) -> dict[str, Any]:
    """The best bid and ask, clients' orders included."""
    instrument = exchange.instrument(symbol)
    row: dict[str, Any] = {"symbol": symbol}
    for side, bids in (("bid", True), ("ask", False)):
        ticks, steps = book_levels(exchange, symbol, bids=bids, depth=1)[0]
        row[f"{side}Price"] = format(instrument.price_of(ticks), "f")
        row[f"{side}Qty"] = format(instrument.qty_step * steps, "f")
    depths = Depths(exchange)
    return row | {"time": exchange.now_ms, "lastUpdateId": depths.update_id(symbol)}


def _book_ticker(call: Call) -> Any:
    return _each(call, book_ticker_row)


def _open_interest(call: Call) -> dict[str, Any]:
    market = call.exchange.market(require_symbol(call))
    amount = market.volume(market.tape.volume_typical() * INTEREST_MULTIPLE)
    return {
        "symbol": market.instrument.symbol,
        "openInterest": plain(amount),
        "time": call.exchange.now_ms,
    }


def _continuous(call: Call) -> list[list[Any]]:
    call.fields.required("contractType")
    return _pair_klines(call)


MARKET_ROUTES = {
    ("GET", "/fapi/v1/ping"): Route(handler=_ping),
    ("GET", "/fapi/v1/time"): Route(handler=_time),
    ("GET", "/fapi/v1/exchangeInfo"): Route(handler=_exchange_info),
    ("GET", "/fapi/v1/klines"): Route(handler=_klines, weight=5),
    ("GET", "/fapi/v1/continuousKlines"): Route(handler=_continuous, weight=5),
    ("GET", "/fapi/v1/markPriceKlines"): Route(handler=_mark_klines, weight=5),
    ("GET", "/fapi/v1/indexPriceKlines"): Route(handler=_pair_klines, weight=5),
    ("GET", "/fapi/v1/premiumIndex"): Route(handler=_premium_index),
    ("GET", "/fapi/v1/fundingRate"): Route(handler=_funding_rates),
    ("GET", "/fapi/v1/fundingInfo"): Route(handler=_funding_info),
    ("GET", "/fapi/v1/depth"): Route(handler=_depth, weight=10),
    ("GET", "/fapi/v1/ticker/24hr"): Route(handler=_ticker),
    ("GET", "/fapi/v1/ticker/price"): Route(handler=_price),
    ("GET", "/fapi/v2/ticker/price"): Route(handler=_price),
    ("GET", "/fapi/v1/ticker/bookTicker"): Route(handler=_book_ticker, weight=2),
    ("GET", "/fapi/v1/openInterest"): Route(handler=_open_interest),
}
