"""How far an exchange's clock is from ours, as measured over the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot_trading.clock import now_ms

__all__ = ["measure_offset_ms"]

CALLS = 5


async def measure_offset_ms(ask_ms: Callable[[], Awaitable[int]]) -> int:
    """The exchange's clock less ours: `ask_ms` is called a few times, and the call whose answer
    came back fastest is believed.

    The exchange's time is compared with the middle of the call, so the error is at most half of
    its round trip. Raises what `ask_ms` raises.
    """
    measured: list[tuple[int, int]] = []
    for _ in range(CALLS):
        sent_ms = now_ms()
        server_ms = await ask_ms()
        answered_ms = now_ms()
        measured.append((answered_ms - sent_ms, server_ms - (sent_ms + answered_ms) // 2))
    return min(measured)[1]
