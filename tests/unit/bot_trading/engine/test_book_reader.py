"""Reads pasts and has groups estimated, beside the core: once, in time, and after failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle
from bot_trading.domain.returns import GroupsEstimated, ReturnHistory, ReturnsRead
from bot_trading.engine.book_reader import BookReader, Estimator
from bot_trading.engine.state import EngineState
from bot_trading.errors import ExchangeUnavailable
from bot_trading.risk.plan import RiskPlan
from bot_trading.risk.returns import BookSpec
from readiness.chaos.virtual_time import run_virtual
from tests.builders.core import NOW_US, a_candle, a_core_config

HOUR_US = 3_600_000_000
SPEC = BookSpec(returns_min=10, returns_max=20, correlation_every_s=7200)
IDS = tuple(InstrumentId(name, "BTCUSDT") for name in ("bybit", "okx"))


@dataclass
class Past:
    """An exchange that knows `hours` of candles, unless it `is_gone`."""

    hours: int = 50
    is_gone: bool = False
    asked: list[int] = field(default_factory=list)

    async def get_candles(
        self, instrument_id: InstrumentId, interval_s: int, limit: int
    ) -> tuple[Candle, ...]:
        await asyncio.sleep(0)
        self.asked.append(interval_s)
        if self.is_gone:
            raise ExchangeUnavailable("nobody answers")
        count = min(limit, self.hours * 3600 // interval_s)
        step_us = interval_s * 1_000_000
        last_us = NOW_US // step_us * step_us
        return tuple(
            a_candle(last_us - n * step_us, str(50_000 + n % 5), interval_s=interval_s)
            for n in range(count, 0, -1)
        )


@dataclass
class Run:
    """What a reader told within a time, in virtual time."""

    clients: dict[str, Past]
    estimate: Estimator | None = None
    told: list[Any] = field(default_factory=list)
    during: Callable[[float, EngineState], None] = lambda at_s, state: None

    def until(self, seconds: int) -> Run:
        run_virtual(self._live(seconds), NOW_US * 1000)
        return self

    async def _live(self, seconds: int) -> None:
        ids = tuple(each for each in IDS if each.exchange in self.clients)
        state = EngineState(config=a_core_config(instrument_ids=ids, plan=RiskPlan(book=SPEC)))
        clients: Any = self.clients
        reader = BookReader(state, clients, self.told.append, lambda: NOW_US, self.estimate)
        task = asyncio.create_task(reader.run())
        for at_s in range(seconds):
            self.during(at_s, state)
            await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    def of(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [each for each in self.told if isinstance(each, kind)]


def test_the_past_is_read_once_until_its_next_period_is_over() -> None:
    """By the market's clock, not by ours."""

    def an_hour_later(at_s: float, state: EngineState) -> None:
        state.exchange_health("bybit").market_us = NOW_US + (HOUR_US if at_s >= 100 else 0)

    run = Run({"bybit": Past()}, during=an_hour_later).until(99)
    assert [each.history.count for each in run.of(ReturnsRead)] == [20]
    assert run.clients["bybit"].asked == [3600]
    later = Run({"bybit": Past()}, during=an_hour_later).until(110)
    assert len(later.of(ReturnsRead)) == 2


def test_a_short_past_is_read_in_shorter_candles() -> None:
    """Three hours are twelve quarters; the longest period that is enough is taken."""
    run = Run({"bybit": Past(hours=3)}).until(2)
    [told] = run.of(ReturnsRead)
    assert run.clients["bybit"].asked == [3600, 900]
    assert (told.history.period_s, told.history.count) == (900, 11)


def test_without_any_past_that_is_told_and_asked_again() -> None:
    """Every fifteen seconds, by every period."""
    run = Run({"bybit": Past(hours=0)}).until(31)
    assert [set(each.history.missing) for each in run.of(ReturnsRead)] == [{"BTCUSDT"}] * 3


def test_the_next_exchange_is_asked_where_the_first_one_is_gone() -> None:
    """Prices of a symbol are much the same everywhere."""
    run = Run({"bybit": Past(is_gone=True), "okx": Past()}).until(40)
    assert {each.history.count for each in run.of(ReturnsRead)} == {20}
    assert len(run.of(ReturnsRead)) == 1
    nowhere = Run({"bybit": Past(is_gone=True)}).until(31)
    assert len(nowhere.of(ReturnsRead)) == 3


def test_groups_are_estimated_later_and_again_after_their_time() -> None:
    """Not while the bot starts; a failure is asked again with the next returns."""
    asked: list[int] = []

    async def estimate(history: ReturnHistory, spec: BookSpec) -> tuple[frozenset[str], ...]:
        await asyncio.sleep(0)
        asked.append(history.until_us)
        if len(asked) == 1:
            raise ValueError("no answer")
        return (frozenset(history.returns),)

    run = Run({"bybit": Past()}, estimate).until(19)
    assert asked == []
    run = Run({"bybit": Past()}, estimate).until(60)
    assert (len(asked), run.of(GroupsEstimated)) == (1, [])
    asked.clear()
    asked.append(0)
    run = Run({"bybit": Past()}, estimate).until(60)
    [told] = run.of(GroupsEstimated)
    assert told.groups == (frozenset({"BTCUSDT"}),)
    assert told.until_us == run.of(ReturnsRead)[0].history.until_us
    assert Decimal(told.until_us) > 0
