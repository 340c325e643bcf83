"""What was: the tape's trades, premiums, open interest."""

from decimal import Decimal
from typing import Any

from exchange_simulator.market.candles import candles, close_time_ms, open_time_ms
from exchange_simulator.protocols.answers import fixed, plain
from exchange_simulator.protocols.binance.context import Call, Route, require_symbol
from exchange_simulator.protocols.binance.market_routes import INTEREST_MULTIPLE, INTERVALS_MS
from exchange_simulator.state import MONEY_UNIT

__all__ = ["HISTORY_ROUTES"]

_DAY_MS = 86_400_000
_PERIODS = {
    name: span
    for name, span in INTERVALS_MS.items()
    if name in ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
}
_TapeTrade = tuple[int, str, str, int, bool]


def _tape_trades(call: Call) -> list[_TapeTrade]:
    """The tape's trades, oldest first: from a number or a time on, or else the last ones."""
    fields = call.fields
    market = call.exchange.market(require_symbol(call))
    limit = min(fields.integer("limit", 500, least=1), 1000)
    first = fields.integer("fromId", 0)
    start_ms, end_ms = fields.integer("startTime", -1), fields.integer("endTime", 2**53)
    forward = first > 0 or start_ms >= 0
    step = market.step
    if forward:
        step = first - 1 if first > 0 else max(0, market.step_at(start_ms))
    found: list[_TapeTrade] = []
    while 0 <= step <= market.step and len(found) < limit:
        time_ms = market.step_time_ms(step)
        index, point = divmod(step, market.points)
        path = market.path(index)
        within = start_ms <= time_ms <= end_ms
        if path is not None and path.volumes[point] and within:
            price = format(market.instrument.price_of(path.prices[point]), "f")
            volume = plain(market.volume(path.volumes[point]))
            found.append((step + 1, price, volume, time_ms, path.buyers[point]))
        step += 1 if forward else -1
    return found if forward else found[::-1]


def _trades(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "price": price,
            "qty": quantity,
            "quoteQty": plain(Decimal(price) * Decimal(quantity)),
            "time": time_ms,
            "isBuyerMaker": not buyer,
        }
        for number, price, quantity, time_ms, buyer in _tape_trades(call)
    ]


def _aggregated(call: Call) -> list[dict[str, Any]]:
    return [
        {"a": number, "p": price, "q": quantity, "f": number, "l": number, "T": time_ms}
        | {"m": not buyer}
        for number, price, quantity, time_ms, buyer in _tape_trades(call)
    ]


def _premium_klines(call: Call) -> list[list[Any]]:
    """The premium stands at the funding rate that its settlement will show."""
    fields, now_ms = call.fields, call.exchange.now_ms
    market = call.exchange.market(require_symbol(call))
    interval_ms: int = fields.one_of("interval", INTERVALS_MS)
    limit = min(fields.integer("limit", 500, least=1), 1500)
    end_ms = min(fields.integer("endTime", now_ms), now_ms)
    start_ms = open_time_ms(end_ms, interval_ms) - (limit - 1) * interval_ms
    start_ms = fields.integer("startTime", max(0, start_ms))
    end_ms = min(end_ms, start_ms + limit * interval_ms)
    rows: list[list[Any]] = []
    for candle in candles(
        market, interval_ms=interval_ms, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms
    ):
        rate = fixed(market.funding_rate(market.next_funding_ms(candle.open_ms)), MONEY_UNIT)
        closes_ms = close_time_ms(candle.open_ms, interval_ms) - 1
        rows.append(
            [candle.open_ms, rate, rate, rate, rate, "0", closes_ms, "0", 12, "0", "0", "0"]
        )
    return rows[:limit]


def _interest_history(call: Call) -> list[dict[str, Any]]:
    """The open interest that is told for now: it does not change here."""
    fields, now_ms = call.fields, call.exchange.now_ms
    market = call.exchange.market(require_symbol(call))
    period_ms: int = fields.one_of("period", _PERIODS)
    limit = min(fields.integer("limit", 30, least=1), 500)
    end_ms = min(fields.integer("endTime", now_ms), now_ms) // period_ms * period_ms
    start_ms = max(fields.integer("startTime", 0), end_ms - 30 * _DAY_MS)
    amount = market.volume(market.tape.volume_typical() * INTEREST_MULTIPLE)
    first_ms = max(-(-start_ms // period_ms) * period_ms, end_ms - (limit - 1) * period_ms)
    return [
        {
            "symbol": market.instrument.symbol,
            "sumOpenInterest": fixed(amount, MONEY_UNIT),
            "sumOpenInterestValue": fixed(amount * market.mark, MONEY_UNIT),
            "timestamp": stamp_ms,
        }
        for stamp_ms in range(first_ms, end_ms + 1, period_ms)
    ]


def _system_status(call: Call) -> dict[str, Any]:
    return {"status": 0, "msg": "normal"}


HISTORY_ROUTES = {
    ("GET", "/fapi/v1/trades"): Route(handler=_trades, weight=5),
    ("GET", "/fapi/v1/historicalTrades"): Route(handler=_trades, access="keyed", weight=20),
    ("GET", "/fapi/v1/aggTrades"): Route(handler=_aggregated, weight=20),
    ("GET", "/fapi/v1/premiumIndexKlines"): Route(handler=_premium_klines, weight=5),
    ("GET", "/futures/data/openInterestHist"): Route(handler=_interest_history, weight=0),
    ("GET", "/sapi/v1/system/status"): Route(handler=_system_status),
}
