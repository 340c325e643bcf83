"""Statistics of a symbol's last 24 hours, kept between two questions: what is closed stays so."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_simulator.market.candles import (
    Candle,
    candles,
    close_time_ms,
    from_path,
    join,
    open_time_ms,
)
from exchange_simulator.market.symbol import SymbolMarket

__all__ = ["DayHours", "DayStatistics", "day_statistics"]

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStatistics:
    """What happened in the 24 hours before a moment, in ticks and volume units."""

    price_day_ago: int
    price_hour_ago: int
    high: int
    low: int
    volume: int
    turnover: Decimal


class DayHours:
    """The hours of the last day: closed ones with their sums, and what is whole of the open one.

    Made anew for every hour; within it, whoever asks goes from moment to later moment.
    """

    def __init__(self, market: SymbolMarket, open_ms: int, before: "DayHours | None") -> None:
        """Take over from the hour `before` what was closed then already."""
        interval_ms = max(_HOUR_MS, market.tape.interval_ms)
        self.open_ms = open_ms
        self._interval_ms = interval_ms
        self._market = market
        first_ms = open_time_ms(open_ms - _DAY_MS, interval_ms) + interval_ms
        known = {} if before is None else before.closed
        self.closed: dict[int, tuple[Candle, Decimal]] = {}
        for hour_ms in range(first_ms, open_ms, interval_ms):
            hour = known.get(hour_ms) or self._read(hour_ms)
            if hour is not None:
                self.closed[hour_ms] = hour
        self._sum = _joined(candle for candle, _ in self.closed.values())
        self._turnover = sum((turnover for _, turnover in self.closed.values()), Decimal(0))
        self._last = next((candle for candle, _ in reversed(self.closed.values())), None)
        self._whole: Candle | None = None
        self._next = max(0, (open_ms - market.tape.first_ms) // market.tape.interval_ms)

    def _read(self, hour_ms: int) -> tuple[Candle, Decimal] | None:
        """Return a closed hour and its turnover."""
        now_ms = hour_ms + self._interval_ms
        found = candles(
            self._market,
            interval_ms=self._interval_ms,
            start_ms=hour_ms,
            end_ms=hour_ms,
            now_ms=now_ms,
        )
        return (found[0], found[0].turnover(self._market)) if found else None

    def _now(self, now_ms: int) -> Candle | None:
        """Return the open hour as it is, from its whole base candles and the one that is open."""
        market, open_ms = self._market, self.open_ms
        length_ms, close_ms = market.tape.interval_ms, close_time_ms(open_ms, self._interval_ms)
        while (base := market.candle(self._next)) is not None:
            if base.open_ms >= min(close_ms, now_ms + 1):
                break
            end_ms, whole = base.open_ms + length_ms, self._whole
            if base.open_ms >= open_ms and end_ms <= min(close_ms, now_ms):
                self._whole = join(whole, base, open_ms, close_ms)
            else:
                part = from_path(market, self._next, open_ms, close_ms, now_ms)
                if end_ms > now_ms:
                    kept = None if whole is None else replace(whole)
                    return kept if part is None else join(kept, part, open_ms, close_ms)
                self._whole = whole if part is None else join(whole, part, open_ms, close_ms)
            self._next += 1
        return self._whole

    def statistics(self, now_ms: int) -> DayStatistics:
        """Return the statistics at a moment of this hour."""
        market, hour = self._market, self._now(now_ms)
        if hour is None:  # The tape has no point in it yet, or has ended.
            found = candles(
                market,
                interval_ms=self._interval_ms,
                start_ms=self.open_ms,
                end_ms=self.open_ms,
                now_ms=now_ms,
            )
            hour = found[0] if found else None
        day = _joined(part for part in (self._sum, hour) if part is not None)
        newest = hour or self._last
        if day is None or newest is None:
            last = market.last_ticks
            return DayStatistics(
                price_day_ago=last,
                price_hour_ago=last,
                high=last,
                low=last,
                volume=0,
                turnover=Decimal(0),
            )
        return DayStatistics(
            price_day_ago=day.open,
            price_hour_ago=newest.open,
            high=day.high,
            low=day.low,
            volume=day.volume,
            turnover=self._turnover + (Decimal(0) if hour is None else hour.turnover(market)),
        )


def _joined(parts: Iterable[Candle]) -> Candle | None:
    whole: Candle | None = None
    for part in parts:
        whole = join(whole, part, part.open_ms, part.close_ms)
    return whole


def day_statistics(market: SymbolMarket, now_ms: int) -> DayStatistics:
    """Return the statistics of the last 24 hours, over hours of the tape and the open candle."""
    interval_ms = max(_HOUR_MS, market.tape.interval_ms)
    open_ms = open_time_ms(now_ms, interval_ms)
    hours = market.day_hours
    if hours is None or hours.open_ms != open_ms:
        hours = market.day_hours = DayHours(market, open_ms, hours)
    return hours.statistics(now_ms)
