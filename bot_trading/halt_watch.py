"""The bot's side of the kill switch: a sign or SIGUSR1 halts it, a person's sign resumes it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from bot_trading import early_halt
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.halt_sign import Sign, put_up_ns, read, take_resume

__all__ = ["heeding_signs"]

_LOOK_S = 0.25
_SIGNAL = ("SIGUSR1", "a signal to the process")

_Seen = tuple[int, Sign | None]


@contextlib.asynccontextmanager
async def heeding_signs(engine: TradingEngine, folder: Path) -> AsyncIterator[None]:
    """Heed the signs in `folder` within the block, which begins before the engine starts.

    A sign that is up, and a SIGUSR1 of before, are heeded when the block begins, so that the engine
    knows of them in its first turn; then a look is taken four times a second, and each sign is
    followed once while it is up. Halting takes entries that rest back and keeps stops. A person's
    resume waits until the engine runs, or a start that is refused would use it up.
    """
    running = asyncio.get_running_loop()
    running.add_signal_handler(signal.SIGUSR1, engine.halt, *_SIGNAL)
    try:
        if early_halt.take():
            engine.halt(*_SIGNAL)
        followed = await _heed(engine, folder, None)
        following = asyncio.create_task(_follow(engine, folder, followed))
        try:
            yield
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    finally:
        running.remove_signal_handler(signal.SIGUSR1)
        # What comes while the process ends must not cut its end short.
        early_halt.listen()


async def _follow(engine: TradingEngine, folder: Path, followed: _Seen | None) -> None:
    """Look for a sign until cancelled."""
    while True:
        await asyncio.sleep(_LOOK_S)
        followed = await _heed(engine, folder, followed)


async def _heed(engine: TradingEngine, folder: Path, followed: _Seen | None) -> _Seen | None:
    """Follow the sign that is up, unless it is the one that was `followed`; the last that was."""
    seen = await asyncio.to_thread(_look, folder)
    sign = seen[1]
    if sign is None or seen == followed:
        return seen
    if not sign.resumes:
        engine.halt(sign.who, sign.why)
    elif engine.is_running:
        engine.resume(sign.who, sign.why)
        await asyncio.to_thread(take_resume, folder)
    else:
        return followed
    return seen


def _look(folder: Path) -> _Seen:
    """When the sign was put up, and what it says; read in this order, a newer one is seen twice
    rather than never."""
    return put_up_ns(folder), read(folder)
