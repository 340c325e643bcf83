"""One symbol's market at one moment: last, mark and index price, and the liquidity around it.

The market is a function of time alone; only the moment, and what takers have eaten since the last
trade, are state. A symbol that nobody watches can therefore jump to any later moment for free.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from exchange_simulator.instruments import Instrument
from exchange_simulator.market.path import Path, path_of
from exchange_simulator.market.tape import Tape, TapeCandle

if TYPE_CHECKING:
    from exchange_simulator.market.day import DayHours

__all__ = ["MarketTrade", "SymbolMarket"]

_LATTICE = 4096
_GAP_RATIO = Decimal("0.00002")
_MARK_WINDOW = 6
_RATE_UNIT = Decimal("0.00000001")
_DEEPEST = 20_000


class MarketTrade(NamedTuple):
    """A trade of the tape: price in ticks, volume in units, whether a buyer took it."""

    time_ms: int
    ticks: int
    units: int
    buyer: bool
    seq: int


class SymbolMarket:
    """The exogenous market of one symbol."""

    def __init__(
        self, *, instrument: Instrument, tape: Tape, seed: int, points: int, basis_ticks: int = 0
    ) -> None:
        """Put the market at its first moment; `points` trades are made of each base candle."""
        self.instrument = instrument
        self.tape = tape
        self.points = points
        self.step_ms = max(1, tape.interval_ms // points)
        self.basis_ticks = basis_ticks
        self._seed = Random(f"{seed}:{instrument.symbol}:path").getrandbits(40)  # noqa: S311
        rng = Random(f"{seed}:{instrument.symbol}:book")  # noqa: S311
        self._volume_unit = Decimal(1).scaleb(-tape.volume_decimals)
        typical = self._volume_unit * tape.volume_typical() / points
        steps = max(2.0, float(typical / instrument.qty_step))
        self._lattice = [max(1, int(steps * (0.15 + rng.random() * 1.7))) for _ in range(_LATTICE)]
        first = tape.candle(0)
        first_price = first.open if first else 1
        self.gap_ticks = max(1, int(first_price * _GAP_RATIO))
        self._recorded = tape.recorded_book()
        self._rates: dict[int, Decimal] = {}
        # The mark price is asked for many times a step; the step and basis it was computed for.
        self._mark_of: tuple[tuple[int, int], int] = ((-1, 0), 0)
        self._candle_index = -1
        self._candle: TapeCandle | None = None
        self._path: Path | None = None
        self.step = 0
        self.last_close_told = False
        self.eaten: dict[int, int] = {}
        self.day_hours: DayHours | None = None
        self.goto(tape.first_ms)

    def step_at(self, market_ms: int) -> int:
        """Return the number of the last step at or before a moment."""
        index, offset = divmod(market_ms - self.tape.first_ms, self.tape.interval_ms)
        return index * self.points + min(self.points - 1, offset // self.step_ms)

    def step_time_ms(self, step: int) -> int:
        """Return when a step happens."""
        index, point = divmod(step, self.points)
        return self.tape.first_ms + index * self.tape.interval_ms + point * self.step_ms

    def goto(self, market_ms: int) -> None:
        """Move to the step of a moment; a tape that has ended stays at its last step."""
        self.goto_step(self.step_at(market_ms))

    def goto_step(self, step: int) -> None:
        """Move to a step; takers' consumption of the book is forgotten."""
        end_ms = self.tape.end_ms()
        if end_ms is not None:
            candles = (end_ms - self.tape.first_ms) // self.tape.interval_ms
            step = min(step, candles * self.points - 1)
        self.step = max(0, step)
        if self.eaten:
            self.eaten = {}

    @property
    def ended(self) -> bool:
        """Whether the tape has no later step."""
        end_ms = self.tape.end_ms()
        return end_ms is not None and self.step_time_ms(self.step + 1) >= end_ms

    def _current(self) -> tuple[TapeCandle, Path, int]:
        """Return the candle and path around the current step, and the step's place in it."""
        index, point = divmod(self.step, self.points)
        if index != self._candle_index or self._candle is None or self._path is None:
            candle = self.candle(index)
            if candle is None:
                raise LookupError(f"{self.instrument.symbol} has no candle {index}")
            self._candle = candle
            self._path = self._path_of(index, candle)
            self._candle_index = index
        return self._candle, self._path, point

    def candle(self, index: int) -> TapeCandle | None:
        """Return a base candle with this exchange's price basis added."""
        candle = self.tape.candle(index)
        if candle is None or not self.basis_ticks:
            return candle
        basis = self.basis_ticks
        return TapeCandle(
            open_ms=candle.open_ms,
            open=candle.open + basis,
            high=candle.high + basis,
            low=max(1, candle.low + basis),
            close=candle.close + basis,
            volume=candle.volume,
        )

    def path(self, index: int) -> Path | None:
        """Return the path inside a base candle."""
        if index == self._candle_index and self._path is not None:
            return self._path
        candle = self.candle(index)
        return self._path_of(index, candle) if candle else None

    def _path_of(self, index: int, candle: TapeCandle) -> Path:
        """Take the recorded path with the basis added, or make one from the candle."""
        recorded = self.tape.path(index)
        if recorded is None:
            return path_of(candle, points=self.points, seed=self._seed)
        prices = [max(1, ticks + self.basis_ticks) for ticks in recorded.prices]
        return recorded._replace(prices=prices)

    def trade(self) -> MarketTrade:
        """Return the trade of the current step; its volume may be zero."""
        _, path, point = self._current()
        return MarketTrade(
            self.step_time_ms(self.step),
            path.prices[point],
            path.volumes[point],
            path.buyers[point],
            self.seq,
        )

    @property
    def seq(self) -> int:
        """A number that rises with every step."""
        return (self.step_time_ms(self.step) // 1000) * 64

    @property
    def last_ticks(self) -> int:
        """Price of the current step's trade."""
        _, path, point = self._current()
        return path.prices[point]

    @property
    def last(self) -> Decimal:
        """Last traded price."""
        return self.instrument.price_of(self.last_ticks)

    @property
    def best_ticks(self) -> tuple[int, int]:
        """Best bid and ask before takers; made ones have a buyer's trade as the ask."""
        if self._recorded is not None:
            bids, asks = self._recorded_levels(bids=True), self._recorded_levels(bids=False)
            if bids and asks:
                return bids[0][0] + self.basis_ticks, asks[0][0] + self.basis_ticks
        _, path, point = self._current()
        ticks = path.prices[point]
        if path.buyers[point]:
            return max(1, ticks - 1), max(2, ticks)
        return ticks, ticks + 1

    def mark_ticks(self) -> int:
        """Mark price: mean of the last trades of this candle, at most six."""
        if self._mark_of[0] != (self.step, self.basis_ticks):
            _, path, point = self._current()
            window = path.prices[max(0, point + 1 - _MARK_WINDOW) : point + 1]
            self._mark_of = (self.step, self.basis_ticks), round(sum(window) / len(window))
        return self._mark_of[1]

    @property
    def mark(self) -> Decimal:
        """Mark price, the one that margin, liquidation and funding use."""
        return self.instrument.price_of(self.mark_ticks())

    @property
    def index(self) -> Decimal:
        """Index price: the mark without the premium that the funding rate stands for."""
        rate = self.funding_rate(self.next_funding_ms(self.step_time_ms(self.step)))
        return self.instrument.price_of(max(1, round(self.mark_ticks() * (1 - float(rate)))))

    def next_funding_ms(self, market_ms: int) -> int:
        """Return the first funding boundary after a moment."""
        interval_ms = self.instrument.funding_interval_min * 60_000
        return (market_ms // interval_ms + 1) * interval_ms

    def funding_rate(self, settlement_ms: int) -> Decimal:
        """Return the rate settled at a boundary: the recorded one, else one drawn from the seed."""
        known = self._rates.get(settlement_ms)
        if known is not None:
            return known
        recorded = self.tape.funding_rates().get(settlement_ms)
        if recorded is None:
            rng = Random(self._seed ^ settlement_ms)  # noqa: S311
            recorded = min(0.003, max(-0.003, rng.gauss(0.0001, 0.00015)))
        rate = Decimal(repr(recorded)).quantize(_RATE_UNIT, ROUND_HALF_EVEN)
        self._rates[settlement_ms] = rate
        return rate

    def volume(self, units: int) -> Decimal:
        """Return a volume of the tape in base coin."""
        return self._volume_unit * units

    def _recorded_levels(self, *, bids: bool) -> list[tuple[int, int]]:
        if self._recorded is None:
            return []
        self._recorded.goto(self.step)
        return self._recorded.levels(bids=bids)

    def shown_at(self, ticks: int) -> int:
        """Return what the book shows of the market at a price, in steps and before takers."""
        if self._recorded is not None and self._recorded_levels(bids=True):
            return self._recorded.at(ticks - self.basis_ticks)
        shown = ticks in self.best_ticks or ticks % self.gap_ticks == 0
        return self.qty_at(ticks) if shown else 0

    def qty_at(self, ticks: int) -> int:
        """Return a made book's quantity at a price in steps, before takers."""
        return self._lattice[(ticks * 7 + self.step // self.points * 31) % _LATTICE]

    def levels(self, *, bids: bool) -> Iterator[tuple[int, int]]:
        """Yield (ticks, quantity steps) from the best level outward, less what takers ate."""
        recorded = self._recorded_levels(bids=bids)
        if recorded:
            for ticks, steps in recorded:
                left = steps - self.eaten.get(ticks + self.basis_ticks, 0)
                if left > 0:
                    yield ticks + self.basis_ticks, left
            return
        best_bid, best_ask = self.best_ticks
        gap, eaten, lattice = self.gap_ticks, self.eaten, self._lattice
        epoch = self.step // self.points * 31
        ticks = best_bid if bids else best_ask
        for _ in range(_DEEPEST):
            if ticks < 1:
                return
            left = lattice[(ticks * 7 + epoch) % _LATTICE]
            if eaten:
                left -= eaten.get(ticks, 0)
            if left > 0:
                yield ticks, left
            ticks = (ticks - 1) // gap * gap if bids else (ticks // gap + 1) * gap

    def eat(self, ticks: int, steps: int) -> None:
        """Take quantity out of a level until the next trade renews the book."""
        self.eaten[ticks] = self.eaten.get(ticks, 0) + steps
