"""The bot's side of the kill switch: a sign or SIGUSR1 halts it, a person's sign resumes it."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.halt_sign import read, take_resume

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
            sign = await asyncio.to_thread(read, folder)
            if sign != followed and sign is not None:
                if sign.resumes:
                    engine.resume(sign.who, sign.why)
                    await asyncio.to_thread(take_resume, folder)
                else:
                    engine.halt(sign.who, sign.why)
            followed = sign
            await asyncio.sleep(_LOOK_S)
    finally:
        running.remove_signal_handler(signal.SIGUSR1)
