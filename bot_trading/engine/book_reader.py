"""Reads the past returns of the traded symbols for the core, and has their groups estimated.

It runs beside the core and only tells it: a review never waits for it. What cannot be read is
asked for again, and until then the core counts by what it was told last, or by the worst.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.returns import GroupsEstimated, ReturnHistory, ReturnsRead
from bot_trading.engine.state import EngineState
from bot_trading.errors import ExchangeError
from bot_trading.log import get_logger
from bot_trading.ports import ExchangeClient, Publish
from bot_trading.risk.returns import BookSpec, Closes, best_history, history_from

__all__ = ["BookReader", "Estimator"]

Estimator = Callable[[ReturnHistory, BookSpec], Awaitable[tuple[frozenset[str], ...]]]
_LOOK_S = 1.0
_AGAIN_S = 15.0
# An estimate takes seconds of a processor: a start has better things to do with them.
_ESTIMATE_AFTER_S = 20.0
_SECOND_US = 1_000_000

log = get_logger(__name__)


@dataclass(slots=True)
class BookReader:
    """Owned by the loop. Without `estimate` all symbols stay one group."""

    state: EngineState
    clients: Mapping[str, ExchangeClient]
    publish: Publish
    clock: Callable[[], int]
    estimate: Estimator | None = None
    _read: ReturnHistory | None = None
    _tried: ReturnHistory | None = None
    _estimated_us: int = 0
    _failed: bool = False

    async def run(self) -> None:
        """Read at once, and whenever another period is over; until cancelled."""
        began_s = due_s = asyncio.get_running_loop().time()
        while True:
            now_s = asyncio.get_running_loop().time()
            if now_s >= due_s and self._is_over():
                due_s = now_s + _AGAIN_S
                await self._tell_returns()
            if now_s >= began_s + _ESTIMATE_AFTER_S:
                await self._tell_groups()
            await asyncio.sleep(_LOOK_S)

    def _is_over(self) -> bool:
        """True when there is a return that was not read, by the market's clock, or a symbol that
        nobody answered for."""
        if self._read is None or self._failed or not self._read.returns:
            return True
        seen_us = max((health.market_us for health in self.state.health.values()), default=0)
        return seen_us >= self._read.until_us + self._read.period_s * _SECOND_US

    async def _tell_returns(self) -> None:
        """Read candles of the longest period that gives every symbol a past, and tell the best."""
        spec, found = self.state.config.plan.book, list[ReturnHistory]()
        self._failed = False
        for period_s in spec.periods_s:
            closes = {
                symbol: await self._closes(places, period_s, spec)
                for symbol, places in self._places().items()
            }
            found.append(history_from(closes, period_s, spec))
            if not found[-1].missing:
                break
        self._read = best_history(tuple(found))
        self.publish(ReturnsRead(history=self._read, ts_init_us=self.clock()))

    def _places(self) -> dict[str, list[InstrumentId]]:
        """By symbol where it is traded, in the order of preference."""
        places: dict[str, list[InstrumentId]] = {}
        for instrument_id in self.state.config.instrument_ids:
            places.setdefault(instrument_id.symbol, []).append(instrument_id)
        return places

    async def _closes(
        self, places: Sequence[InstrumentId], period_s: int, spec: BookSpec
    ) -> Closes:
        """Closing prices at the first exchange that answers; empty where none does."""
        for instrument_id in places:
            client = self.clients.get(instrument_id.exchange)
            if client is None:
                continue
            try:
                candles = await client.get_candles(instrument_id, period_s, spec.returns_max + 1)
            except ExchangeError as error:
                log.warning("no past of a symbol", symbol=str(instrument_id), reason=str(error))
                continue
            return {each.close_us: each.close for each in candles if each.problem() is None}
        self._failed = True
        return {}

    async def _tell_groups(self) -> None:
        """Have groups estimated from what was read last, once in the time that is set for it."""
        history, spec = self._read, self.state.config.plan.book
        if self.estimate is None or history is None or not history.returns:
            return
        every_us = spec.correlation_every_s * _SECOND_US
        if self._estimated_us and history.until_us < self._estimated_us + every_us:
            return
        if history is self._tried:
            return  # What could not be estimated from these is tried again with the next ones.
        self._tried = history
        try:
            groups = await self.estimate(history, spec)
        except (OSError, ValueError, TimeoutError) as error:
            log.warning("groups could not be estimated", reason=str(error))
            return
        # codelint: ok D23 because only the one task that runs this reader comes here
        self._estimated_us = history.until_us
        self.publish(
            GroupsEstimated(groups=groups, until_us=history.until_us, ts_init_us=self.clock())
        )
