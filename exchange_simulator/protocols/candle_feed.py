"""The open candle of an interval as trades make it, and its end, for any exchange's stream."""

from dataclasses import replace

from exchange_simulator.market.candles import Candle, candles, close_time_ms, open_time_ms
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket

__all__ = ["CandleFeed", "Told"]

Told = list[tuple[Candle, bool]]


class CandleFeed:
    """Follows one symbol in one interval; what it tells is pairs of a candle and whether it ended.

    An interval without a trade is told as a flat candle when the next trade or close shows that
    it is over, so that no candle is missing.
    """

    def __init__(self, market: SymbolMarket, interval_ms: int, now_ms: int) -> None:
        """Start with the candle that is open now."""
        self._market = market
        self._interval_ms = interval_ms
        open_ms = open_time_ms(now_ms, interval_ms)
        found = candles(
            market, interval_ms=interval_ms, start_ms=open_ms, end_ms=open_ms, now_ms=now_ms
        )
        self.candle = found[-1] if found else None
        self._ended: Candle | None = None

    def closed(self, moment_ms: int) -> Told:
        """Return the candles that are over at this moment."""
        told: Told = []
        if self.candle is not None and self.candle.close_ms <= moment_ms:
            self._ended, self.candle = self.candle, None
            told.append((replace(self._ended), True))
        while self.candle is None and self._ended is not None:
            flat = self._flat(self._ended)
            if flat.close_ms > moment_ms:
                break
            self._ended = flat
            told.append((replace(flat), True))
        return told

    def traded(self, trade: MarketTrade) -> Told:
        """Take a trade into the open candle; candles that it shows to be over come first."""
        told = self.closed(trade.time_ms)
        candle = self.candle
        if candle is None:
            open_ms = open_time_ms(trade.time_ms, self._interval_ms)
            candle = self.candle = self._standing(open_ms, trade.ticks)
        candle.high = max(candle.high, trade.ticks)
        candle.low = min(candle.low, trade.ticks)
        candle.close = trade.ticks
        candle.volume += trade.units
        return [*told, (candle, False)]

    def _flat(self, before: Candle) -> Candle:
        return self._standing(before.close_ms, before.close)

    def _standing(self, open_ms: int, ticks: int) -> Candle:
        return Candle(
            open_ms=open_ms,
            close_ms=close_time_ms(open_ms, self._interval_ms),
            open=ticks,
            high=ticks,
            low=ticks,
            close=ticks,
            volume=0,
        )
