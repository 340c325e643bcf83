"""Serves the api on loopback, and prints what runs for `--status`; reads the database only."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading

import msgspec
import uvicorn
from rich.console import Console

from bot_trading.clock import now
from bot_trading.domain.status import CoreStatus
from bot_trading.engine.bootstrap import build_database
from bot_trading.ops.terminal import live_view
from bot_trading.storage.database import Database
from bot_trading.web.app import HEARTBEAT_AGE_MAX_S, make_app

__all__ = ["serve_api", "show_status"]

_SHOWN_AGE_MAX_S = 3600.0


def serve_api(url: str, listener: socket.socket, console: Console, *, alone: bool) -> None:
    """Serve on `listener` until SIGTERM or SIGINT, or, if not `alone`, until stdin closes."""
    if alone:
        console.print(f"api on http://127.0.0.1:{listener.getsockname()[1]}", highlight=False)
    asyncio.run(_serve(url, listener, alone=alone))


async def show_status(url: str, console: Console) -> None:
    """Print every core that wrote a status within the last hour; 1 line each on how old it is."""
    database = build_database(url)
    await database.connect()
    try:
        cores = [each for each in await _read_cores(database) if each[1] <= _SHOWN_AGE_MAX_S]
    finally:
        await database.close()
    if not cores:
        console.print("no core has written a status within the last hour")
    for core, age_s in cores:
        state = "running" if age_s <= HEARTBEAT_AGE_MAX_S else "not running any more"
        console.print(f"{core.account}: {state}, last word {age_s:.0f} s ago", highlight=False)
        console.print(live_view(core, [], None))


async def _serve(url: str, listener: socket.socket, *, alone: bool) -> None:
    database = build_database(url)
    await database.connect()
    application = make_app(lambda: _read_cores(database))
    server = uvicorn.Server(
        uvicorn.Config(application, log_config=None, access_log=False, lifespan="off")
    )
    if not alone:
        threading.Thread(target=_stop_with_parent, args=(server,), daemon=True).start()
    try:
        await server.serve(sockets=[listener])
    finally:
        await database.close()


def _stop_with_parent(server: uvicorn.Server) -> None:
    """The parent holds the other end of stdin; when it is gone, so are we."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True


async def _read_cores(database: Database) -> list[tuple[CoreStatus, float]]:
    return [
        (
            msgspec.convert(row.detail, CoreStatus, strict=False),
            (now() - row.updated_at).total_seconds(),
        )
        for row in await database.read_status()
    ]
