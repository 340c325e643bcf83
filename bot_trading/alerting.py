"""From what the engine says to the people who must hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.ops.alerts import AlertDesk, read_addresses
from bot_trading.settings import AlertsSettings

__all__ = ["alert_desk", "follow_lines"]

_LOOK_S = 0.25
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def alert_desk(
    settings: AlertsSettings, account: str, environ: Mapping[str, str]
) -> AlertDesk | None:
    """The desk for the addresses of the environment, None where there are none.

    Raises `ConfigError` for an address that is not understood.
    """
    addresses = read_addresses(environ.get(settings.addresses_env, ""))
    if not addresses:
        return None
    return AlertDesk(title=f"bot {account}", addresses=addresses, group_s=float(settings.group_s))


async def follow_lines(engine: TradingEngine, desk: AlertDesk, level: str) -> None:
    """Pass on what the engine says at `level` or above until cancelled; nothing is told twice."""
    least = _LEVELS.index(level)
    told: tuple[int, str, str] | None = None
    sending = asyncio.create_task(desk.run())
    try:
        while True:
            fresh = []
            for line in reversed(engine.lines):
                if line is told:
                    break
                fresh.append(line)
            for line in reversed(fresh):
                if _LEVELS.index(line[1]) >= least:
                    desk.note(line[1], line[2])
            told = fresh[0] if fresh else told
            await asyncio.sleep(_LOOK_S)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
