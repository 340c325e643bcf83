"""Candles of any interval out of the tape: whole multiples exactly, finer ones from the path."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.market.tape import TapeCandle

__all__ = [
    "MONTH_MS",
    "Candle",
    "candles",
    "close_time_ms",
    "from_path",
    "join",
    "mark_candles",
    "open_time_ms",
]

_DAY_MS = 86_400_000
MONTH_MS = 30 * _DAY_MS
_WEEK_OFFSET_MS = 4 * _DAY_MS  # 1970-01-01 was a Thursday; weeks open on Monday.
_TURNOVER_UNIT = Decimal("0.0001")


@dataclass(slots=True, kw_only=True)
class Candle:
    """A candle in ticks and volume units, possibly still open."""

    open_ms: int
    close_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int

    def turnover(self, market: SymbolMarket) -> Decimal:
        """Volume times the mean of open, high, low and close: recordings carry no turnover."""
        mean = market.instrument.price_of(self.open + self.high + self.low + self.close) / 4
        return (market.volume(self.volume) * mean).quantize(_TURNOVER_UNIT)


def open_time_ms(moment_ms: int, interval_ms: int) -> int:
    """Return the open time of the candle that holds a moment; weeks open on Monday UTC.

    `MONTH_MS` stands for calendar months, whatever their length.
    """
    if interval_ms == MONTH_MS:
        day = datetime.fromtimestamp(moment_ms // 1000, UTC)
        return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp()) * 1000
    offset = _WEEK_OFFSET_MS if interval_ms == 7 * _DAY_MS else 0
    return (moment_ms - offset) // interval_ms * interval_ms + offset


def close_time_ms(open_ms: int, interval_ms: int) -> int:
    """Return when a candle that opens at a time closes."""
    if interval_ms == MONTH_MS:
        return open_time_ms(open_ms + 32 * _DAY_MS, MONTH_MS)
    return open_ms + interval_ms


def candles(
    market: SymbolMarket, *, interval_ms: int, start_ms: int, end_ms: int, now_ms: int
) -> list[Candle]:
    """Return the candles that open within [start, end], oldest first, none later than now."""
    tape = market.tape
    out: list[Candle] = []
    open_ms = open_time_ms(max(start_ms, tape.first_ms), interval_ms)
    if open_ms < start_ms:
        open_ms = close_time_ms(open_ms, interval_ms)
    last_ms = min(end_ms, now_ms)
    tape_end = tape.end_ms()
    if tape_end is not None:
        last_ms = min(last_ms, tape_end - 1)
    while open_ms <= last_ms:
        candle = _candle(market, open_ms, interval_ms, now_ms)
        candle = candle or _standing(market, open_ms, interval_ms)
        if candle is not None:
            out.append(candle)
        open_ms = close_time_ms(open_ms, interval_ms)
    return out


def _candle(market: SymbolMarket, open_ms: int, interval_ms: int, now_ms: int) -> Candle | None:
    """Join whole base candles where they are closed, and points of the path elsewhere."""
    tape = market.tape
    close_ms = close_time_ms(open_ms, interval_ms)
    joined: Candle | None = None
    index = max(0, (open_ms - tape.first_ms) // tape.interval_ms)
    while True:
        base = market.candle(index)
        if base is None or base.open_ms >= min(close_ms, now_ms + 1):
            return joined
        base_close_ms = base.open_ms + tape.interval_ms
        part: Candle | TapeCandle | None = base
        if base.open_ms < open_ms or base_close_ms > min(close_ms, now_ms):
            part = from_path(market, index, open_ms, close_ms, now_ms)
        if part is not None:
            joined = join(joined, part, open_ms, close_ms)
        index += 1


def _standing(market: SymbolMarket, open_ms: int, interval_ms: int) -> Candle | None:
    """Return a candle without trades, at the last price before it opened.

    The tape may have no point inside an interval that is finer than its points.
    """
    index, offset_ms = divmod(open_ms - market.tape.first_ms, market.tape.interval_ms)
    path = market.path(index) if index >= 0 else None
    if path is None:
        return None
    price = path.prices[min(market.points - 1, offset_ms // market.step_ms)]
    return Candle(
        open_ms=open_ms,
        close_ms=close_time_ms(open_ms, interval_ms),
        open=price,
        high=price,
        low=price,
        close=price,
        volume=0,
    )


def from_path(
    market: SymbolMarket, index: int, open_ms: int, close_ms: int, now_ms: int
) -> Candle | None:
    """Return what has happened until now inside one base candle, or None where nothing has."""
    path = market.path(index)
    if path is None:
        return None
    base_ms = market.tape.first_ms + index * market.tape.interval_ms
    step_ms = market.step_ms
    first = max(0, -((base_ms - open_ms) // step_ms))
    last = min(market.points - 1, (now_ms - base_ms) // step_ms)
    last = min(last, -((base_ms - close_ms) // step_ms) - 1)
    if last < first:
        return None
    prices = path.prices[first : last + 1]
    return Candle(
        open_ms=open_ms,
        close_ms=close_ms,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum(path.volumes[first : last + 1]),
    )


def join(left: Candle | None, right: Candle | TapeCandle, open_ms: int, close_ms: int) -> Candle:
    """Take a later part into a candle of these times, which begins with its first part."""
    if left is None:
        return Candle(
            open_ms=open_ms,
            close_ms=close_ms,
            open=right.open,
            high=right.high,
            low=right.low,
            close=right.close,
            volume=right.volume,
        )
    left.high = max(left.high, right.high)
    left.low = min(left.low, right.low)
    left.close = right.close
    left.volume += right.volume
    return left


def mark_candles(
    market: SymbolMarket, *, interval_ms: int, start_ms: int, end_ms: int, now_ms: int
) -> list[Candle]:
    """Return mark-price candles: those of the last price, smoothed towards the middle.

    The open and close are kept; wicks are halved, since the mark is a mean over recent trades.
    """
    smooth = candles(
        market, interval_ms=interval_ms, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms
    )
    for candle in smooth:
        body_top = max(candle.open, candle.close)
        body_bottom = min(candle.open, candle.close)
        candle.high = body_top + (candle.high - body_top) // 2
        candle.low = body_bottom - (body_bottom - candle.low) // 2
    return smooth
