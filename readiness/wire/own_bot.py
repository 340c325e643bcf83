"""Runs our own bot against an exchange that is there already, as the wire judge starts any bot.

`python -m readiness.wire.own_bot ANNOUNCED --database-url URL`, where ANNOUNCED is the file with
the one line of JSON in which the simulator says where it listens. Only loopback is taken.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console

from bot_trading import settings
from bot_trading.dry_run import point_at
from bot_trading.engine.bootstrap import make_credentials
from bot_trading.session import Session, run_session
from bot_trading.storage import schema

__all__ = ["COMMAND", "main"]

COMMAND = (
    *(sys.executable, "-m", "readiness.wire.own_bot", "{announced}"),
    *("--database-url", "{database_url}"),
)
SPOKEN = ("bybit", "binance", "okx")
ACCOUNT = "wire"  # The same after a restart, or nothing would be found again.


def main(
    announced: Path,
    database_url: Annotated[str, typer.Option()],
    duration: Annotated[float | None, typer.Option(min=1)] = None,
    config: Path = settings.DEFAULT_CONFIG,
) -> None:
    """Trade on all that was announced for so many seconds, without them until asked to end."""
    found: dict[str, Any] = json.loads(announced.read_text("utf-8"))
    usual = settings.load(config)
    # In the order of the announcement: new legs go to the first.
    names = tuple(name for name in found if name in SPOKEN)
    trading = usual.trading.model_copy(update={"exchanges": names or usual.trading.exchanges})
    pointed = point_at(usual.model_copy(update={"trading": trading}), found)
    for name in pointed.trading.exchanges:
        if urlsplit(pointed.exchanges.of(name).rest_url).hostname != "127.0.0.1":
            raise typer.BadParameter(f"{name} is not on this machine; name a simulator's addresses")
    asyncio.run(schema.upgrade(database_url))
    asyncio.run(_trade(pointed, found, database_url, duration))


async def _trade(
    pointed: settings.Settings, found: dict[str, Any], database_url: str, duration_s: float | None
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    session = Session(
        settings=pointed,
        account=ACCOUNT,
        database_url=database_url,
        credentials={
            name: make_credentials(
                name,
                found[name]["api_key"],
                found[name]["api_secret"],
                found[name].get("passphrase", ""),
            )
            for name in pointed.trading.exchanges
        },
        duration_s=duration_s,
        console=Console(),
    )
    await run_session(session, stop)


if __name__ == "__main__":
    typer.run(main)
