"""Time that jumps: the same order of events, and no waiting."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot_trading.clock import now_us
from readiness.chaos.virtual_time import Stuck, VirtualTimeLoop, run_virtual

START_NS = 1_780_000_000_000_000_000


def test_hours_pass_at_once_and_the_bots_clock_follows() -> None:
    """Both the loop's time and the bot's clock move by what was slept."""

    async def sleeps() -> tuple[int, int]:
        before = now_us()
        await asyncio.sleep(4 * 3600)
        return before, now_us()

    began = time.monotonic()
    before, after = run_virtual(sleeps(), START_NS)
    assert before == START_NS // 1000
    assert after - before == pytest.approx(4 * 3600 * 1e6, abs=10)
    assert time.monotonic() - began < 3600


def test_timers_fire_in_the_order_of_their_times() -> None:
    """However they were started."""

    async def note(at_s: float, order: list[float]) -> None:
        await asyncio.sleep(at_s)
        order.append(at_s)

    async def together() -> list[float]:
        order: list[float] = []
        await asyncio.gather(*(note(at_s, order) for at_s in (3.0, 1.0, 2.0, 0.5)))
        return order

    assert run_virtual(together(), START_NS) == [0.5, 1.0, 2.0, 3.0]


def test_deadlines_end_waits() -> None:
    """A timeout is a timer like any other."""

    async def waits() -> None:
        async with asyncio.timeout(60):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run_virtual(waits(), START_NS)


def test_waiting_for_nothing_is_said() -> None:
    """A deadlock would otherwise hang for ever."""

    async def waits() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck, match="no timer"):
        run_virtual(waits(), START_NS)


def test_spinning_without_time_is_said() -> None:
    """A loop that is always ready never lets time pass."""

    async def spins() -> None:
        asyncio.get_running_loop().call_soon(again)
        await asyncio.Event().wait()

    def again() -> None:
        asyncio.get_running_loop().call_soon(again)

    with pytest.raises(Stuck, match="without time passing"):
        run_virtual(spins(), START_NS)


def test_its_clock_counts_from_its_start() -> None:
    """A loop that has not run stands at its beginning."""
    loop = VirtualTimeLoop(START_NS)
    assert loop.time() == 0
    assert loop.now_ns() == START_NS
    loop.close()
