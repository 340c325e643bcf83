"""The bot's side of the kill switch: a sign or SIGUSR1 halts it, a person's sign resumes it."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.halt_sign import Sign, put_up_ns, read, take_resume

__all__ = ["follow_signs"]

_LOOK_S = 0.25


async def follow_signs(engine: TradingEngine, folder: Path) -> None:
    """Look for a sign four times a second until cancelled; each is followed once while it is up.

    Halting takes entries that rest back and keeps stops. SIGUSR1 does the same at once.
    """
    running = asyncio.get_running_loop()
    running.add_signal_handler(signal.SIGUSR1, engine.halt, "SIGUSR1", "a signal to the process")
    followed = None
    try:
        while True:
            seen = await asyncio.to_thread(_look, folder)
            sign = seen[1]
            if seen != followed and sign is not None:
                if sign.resumes:
                    engine.resume(sign.who, sign.why)
                    await asyncio.to_thread(take_resume, folder)
                else:
                    engine.halt(sign.who, sign.why)
            followed = seen
            await asyncio.sleep(_LOOK_S)
    finally:
        running.remove_signal_handler(signal.SIGUSR1)


def _look(folder: Path) -> tuple[int, Sign | None]:
    """When the sign was put up, and what it says; read in this order, a newer one is seen twice
    rather than never."""
    return put_up_ns(folder), read(folder)
