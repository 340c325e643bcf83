"""The outgoing scheduler: a rolling limit per group of endpoints, exits before entries.

A lane lets a request pass at once while its limit has room. Otherwise requests wait, urgent ones
first; the last fifth of the limit is kept for them, so that a burst of entries cannot delay an
exit. The exchange's own headers correct what the lane assumes.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable

from bot_trading.clock import now_ms
from bot_trading.errors import RateLimited
from bot_trading.exchanges.http import RequestNotSent

__all__ = ["Banned", "EntryStale", "Gate", "Lane"]

MARGIN_S = 0.05  # Requests bunch up on the way: the window is kept a little wider than stated.
PAUSE_MAX_S = 60.0


class EntryStale(RequestNotSent):
    """An entry waited for its turn until it was too old to be sent."""


class Banned(RequestNotSent, RateLimited):
    """Nothing is sent while the exchange's ban lasts."""

    def __init__(self, exchange: str, until_ms: int) -> None:
        left_s = max(0, until_ms - now_ms()) // 1000
        said = f"not sent: {exchange} banned this address for {left_s} s more"
        RateLimited.__init__(self, said, until_ms)


class Gate:
    """Whether anything may leave for an exchange at all, and when it is a request's turn."""

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange
        self._banned_until_ms = 0

    def ban(self, for_s: float) -> int:
        """Let nothing leave for so long; until when, in milliseconds of our clock."""
        self._banned_until_ms = now_ms() + int(for_s * 1000)
        return self._banned_until_ms

    async def enter(self, lane: Lane, what: str, *, urgent: bool, timeout_s: float) -> None:
        """Wait for a place in the lane; raises `Banned`, or `RequestNotSent` when none came free in
        time."""
        self._refuse_while_banned()
        if lane.try_enter(urgent=urgent):
            return
        try:
            await lane.enter(urgent=urgent, timeout_s=timeout_s)
        except TimeoutError as error:
            raise RequestNotSent(
                f"the rate limit of {what} left no room within {timeout_s:.1f} s"
            ) from error
        self._refuse_while_banned()  # The ban may have come while this call was waiting.

    async def take_turn(
        self,
        lane: Lane,
        what: str,
        *,
        urgent: bool,
        timeout_ms: int,
        is_fresh: Callable[[], bool] | None,
    ) -> int:
        """The same for what trades: what is left of its deadline, in milliseconds.

        Raises `EntryStale` too, for what is not fresh any more when its turn comes.
        """
        left_ms = timeout_ms
        self._refuse_while_banned()
        if not lane.try_enter(urgent=urgent):
            began = asyncio.get_running_loop().time()
            await self.enter(lane, what, urgent=urgent, timeout_s=timeout_ms / 1000)
            waited_s = asyncio.get_running_loop().time() - began
            left_ms = max(1, timeout_ms - round(waited_s * 1000))
        if is_fresh is not None and not is_fresh():
            raise EntryStale("approved too long ago to be sent as an entry")
        return left_ms

    def _refuse_while_banned(self) -> None:
        if self._banned_until_ms and self._banned_until_ms > now_ms():
            raise Banned(self._exchange, self._banned_until_ms)


class Lane:
    """At most `limit` requests in any `window_s` seconds."""

    def __init__(self, limit: int, window_s: float = 1.0) -> None:
        self._limit = limit
        self._window_s = window_s + MARGIN_S
        self._sent: deque[float] = deque()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = 0
        self._paused_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def limit(self) -> int:
        """Requests per window, as assumed or as the exchange said last."""
        return self._limit

    def try_enter(self, *, urgent: bool) -> bool:
        """Take a place in the window at once, unless it is full or others wait before."""
        now = asyncio.get_running_loop().time()
        if self._is_queued_before(urgent) or not self._has_room(urgent, now):
            return False
        self._sent.append(now)
        return True

    async def enter(self, *, urgent: bool, timeout_s: float) -> None:
        """Take a place in the window; raises TimeoutError when none came free in time."""
        if self.try_enter(urgent=urgent):
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (0 if urgent else 1, self._arrivals, turn))
        self._release()
        async with asyncio.timeout(timeout_s):
            await turn

    def learn(self, *, limit: int, remaining: int, reset_in_s: float) -> None:
        """Believe what a response's headers said about this lane, but not that its window begins
        anew later than it lasts: that is said by a clock which differs from ours."""
        if limit > 0:
            self._limit = limit
        if remaining == 0 and reset_in_s > 0:
            self.pause(min(reset_in_s, self._window_s))

    def pause(self, for_s: float) -> None:
        """Let nothing pass for this long, at most a minute."""
        until = asyncio.get_running_loop().time() + min(for_s, PAUSE_MAX_S)
        self._paused_until = max(self._paused_until, until)

    def _has_room(self, urgent: bool, now: float) -> bool:
        while self._sent and self._sent[0] <= now - self._window_s:
            self._sent.popleft()
        kept_for_exits = 0 if urgent else self._limit // 5
        return now >= self._paused_until and len(self._sent) < max(1, self._limit - kept_for_exits)

    def _is_queued_before(self, urgent: bool) -> bool:
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        return bool(self._waiting) and (not urgent or self._waiting[0][0] == 0)

    def _release(self) -> None:
        """Let waiters pass while there is room, and wake again when there may be more."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._is_queued_before(urgent=False):
            priority, _, turn = self._waiting[0]
            if not self._has_room(priority == 0, now):
                oldest_leaves = self._sent[0] + self._window_s if self._sent else now
                wake_at = max(self._paused_until, oldest_leaves, now + 0.001)
                self._timer = loop.call_at(wake_at, self._release)
                return
            heapq.heappop(self._waiting)
            self._sent.append(now)
            turn.set_result(None)
