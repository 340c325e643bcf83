"""A webhook on loopback that keeps what it is told, as a place for alerts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

__all__ = ["Webhook", "webhook"]


@dataclass(slots=True)
class Webhook:
    """A place that was told; `told` holds each message as it came."""

    port: int
    told: list[dict[str, Any]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/alerts"


@asynccontextmanager
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook(port=0)

    async def hear(request: web.Request) -> web.Response:
        hook.told.append(await request.json())
        hook.heard.set()
        return web.Response()

    app = web.Application()
    app.router.add_post("/alerts", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.port = runner.addresses[0][1]
    try:
        yield hook
    finally:
        await runner.cleanup()
