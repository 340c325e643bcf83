"""The outgoing scheduler: limits kept, exits first, waiting bounded."""

from __future__ import annotations

import asyncio

import pytest

from bot_trading.exchanges.http import RequestNotSent
from bot_trading.exchanges.outgoing import Banned, EntryStale, Gate, Lane


async def test_a_burst_within_the_limit_passes_at_once() -> None:
    """Up to the limit an exit never waits."""
    lane = Lane(5, window_s=60)
    for _ in range(5):
        await lane.enter(urgent=True, timeout_s=0)
    with pytest.raises(TimeoutError):
        await lane.enter(urgent=True, timeout_s=0.01)


async def test_entries_leave_a_fifth_to_exits() -> None:
    """When entries have used up their part, an exit still passes at once."""
    lane = Lane(10, window_s=60)
    for _ in range(8):
        await lane.enter(urgent=False, timeout_s=0)
    with pytest.raises(TimeoutError):
        await lane.enter(urgent=False, timeout_s=0.01)
    await lane.enter(urgent=True, timeout_s=0)
    await lane.enter(urgent=True, timeout_s=0)


async def test_waiting_exits_overtake_waiting_entries() -> None:
    """Whoever waits longest, exits go first."""
    lane = Lane(1, window_s=0.1)
    await lane.enter(urgent=True, timeout_s=1)
    order: list[str] = []

    async def go(name: str, urgent: bool) -> None:
        await lane.enter(urgent=urgent, timeout_s=5)
        order.append(name)

    tasks = []
    for name, urgent in (("entry 1", False), ("entry 2", False), ("exit 1", True)):
        tasks.append(asyncio.create_task(go(name, urgent)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == ["exit 1", "entry 1", "entry 2"]


async def test_who_gave_up_takes_no_place() -> None:
    """A waiter whose deadline passed is left out, and the next one gets its turn."""
    lane = Lane(1, window_s=0.2)
    await lane.enter(urgent=True, timeout_s=1)
    with pytest.raises(TimeoutError):
        await lane.enter(urgent=True, timeout_s=0.01)
    await lane.enter(urgent=True, timeout_s=2)


async def test_a_cancelled_waiter_takes_no_place() -> None:
    """Cancelling the caller removes it from the queue."""
    lane = Lane(1, window_s=0.2)
    await lane.enter(urgent=True, timeout_s=1)
    waiter = asyncio.create_task(lane.enter(urgent=True, timeout_s=5))
    await asyncio.sleep(0.01)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await lane.enter(urgent=False, timeout_s=2)


async def test_headers_correct_the_limit() -> None:
    """A limit told by the exchange replaces the assumed one; nonsense does not."""
    lane = Lane(1, window_s=60)
    lane.learn(limit=50, remaining=49, reset_in_s=0)
    assert lane.limit == 50
    lane.learn(limit=-1, remaining=-1, reset_in_s=0)
    assert lane.limit == 50
    for _ in range(20):
        await lane.enter(urgent=False, timeout_s=0)


async def test_an_exhausted_limit_pauses_until_its_reset() -> None:
    """With nothing remaining, even exits wait for the reset that the exchange named."""
    lane = Lane(10)
    lane.learn(limit=10, remaining=0, reset_in_s=0.1)
    with pytest.raises(TimeoutError):
        await lane.enter(urgent=True, timeout_s=0.01)
    await lane.enter(urgent=True, timeout_s=2)


async def test_an_absurd_reset_is_not_believed_for_ever() -> None:
    """A reset stamp in the far future pauses for a minute at most."""
    lane = Lane(10)
    loop = asyncio.get_running_loop()
    lane.learn(limit=10, remaining=0, reset_in_s=1e12)
    assert lane._paused_until <= loop.time() + 60


async def test_no_window_ever_holds_more_than_the_limit() -> None:
    """Thirty callers at once: in every window at most the limit has passed."""
    limit, window_s = 6, 0.1
    lane = Lane(limit, window_s=window_s)
    loop = asyncio.get_running_loop()
    passed: list[float] = []

    async def go(number: int) -> None:
        await lane.enter(urgent=number % 3 == 0, timeout_s=10)
        passed.append(loop.time())

    await asyncio.gather(*(go(number) for number in range(30)))
    assert len(passed) == 30
    for index, moment in enumerate(passed):
        in_window = [other for other in passed[index:] if other < moment + window_s]
        assert len(in_window) <= limit


async def test_nothing_passes_while_a_ban_lasts() -> None:
    """Neither what comes, nor what waits already; the refusal says that nothing left."""
    gate, lane = Gate("bybit"), Lane(1, window_s=0.1)
    await gate.enter(lane, "calls", urgent=True, timeout_s=1)
    waiting = asyncio.create_task(gate.enter(lane, "calls", urgent=True, timeout_s=5))
    await asyncio.sleep(0)
    assert gate.ban(600) > 0
    with pytest.raises(Banned, match="not sent: bybit banned"):
        await waiting
    with pytest.raises(Banned):
        await gate.take_turn(lane, "calls", urgent=True, timeout_ms=100, is_fresh=None)


async def test_what_trades_keeps_one_deadline_and_its_freshness() -> None:
    """Waiting is taken off it; what grew old, or found no room, was never sent."""
    gate, lane = Gate("bybit"), Lane(1, window_s=0.1)
    left_ms = await gate.take_turn(lane, "calls", urgent=True, timeout_ms=900, is_fresh=None)
    assert left_ms == 900
    left_ms = await gate.take_turn(lane, "calls", urgent=True, timeout_ms=900, is_fresh=None)
    assert 0 < left_ms < 900
    with pytest.raises(EntryStale):
        await gate.take_turn(lane, "calls", urgent=True, timeout_ms=900, is_fresh=lambda: False)
    with pytest.raises(RequestNotSent, match="the rate limit of calls left no room"):
        await gate.take_turn(lane, "calls", urgent=True, timeout_ms=10, is_fresh=None)


async def test_a_reset_far_away_is_a_clock_that_differs() -> None:
    """No window begins anew later than it lasts; a longer rest would keep the clock from being
    measured, which is what would mend it."""
    lane = Lane(2, window_s=0.05)
    lane.learn(limit=2, remaining=0, reset_in_s=40.0)
    assert not lane.try_enter(urgent=True)
    await lane.enter(urgent=True, timeout_s=2.0)
