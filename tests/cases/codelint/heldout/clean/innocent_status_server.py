"""Status page of the bot on aiohttp.web: reads only, one command queue, bounded by design."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal

from aiohttp import web

COMMANDS = frozenset({"halt", "resume", "close"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LegView:
    symbol: str
    position_idx: int
    quantity: Decimal
    avg_px: Decimal
    stop_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    symbol: str | None


def encode(value: object) -> str:
    return json.dumps(value, default=str, separators=(",", ":"))


class StatusServer:
    def __init__(
        self,
        legs: Callable[[], tuple[LegView, ...]],
        commands: asyncio.Queue[Command],
        token_digest: bytes,
        digest_of: Callable[[str], bytes],
    ) -> None:
        self._legs = legs
        self._commands = commands
        self._token_digest = token_digest
        self._digest_of = digest_of
        self._sockets: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._authenticate])
        app.add_routes(
            [
                web.get("/legs", self._get_legs),
                web.get("/stream", self._stream),
                web.post("/command", self._command),
            ]
        )
        return app

    @web.middleware
    async def _authenticate(self, request: web.Request, handler) -> web.StreamResponse:
        given = self._digest_of(request.headers.get("Authorization", ""))
        if not hmac.compare_digest(given, self._token_digest):
            raise web.HTTPUnauthorized(text="a valid token is needed")
        return await handler(request)

    async def _get_legs(self, request: web.Request) -> web.Response:
        rows = [asdict(leg) for leg in self._legs()]
        return web.Response(text=encode(rows), content_type="application/json")

    async def _command(self, request: web.Request) -> web.Response:
        body = await request.json()
        name = body.get("name")
        if name not in COMMANDS:
            raise web.HTTPBadRequest(text=f"command {name!r}: expected one of {sorted(COMMANDS)}")
        try:
            self._commands.put_nowait(Command(name=name, symbol=body.get("symbol")))
        except asyncio.QueueFull:
            raise web.HTTPServiceUnavailable(text="too many commands are waiting") from None
        return web.Response(status=202)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for _ in socket:
                continue
        finally:
            self._sockets.discard(socket)
        return socket

    async def publish(self, leg: LegView) -> None:
        """Send one leg to every viewer; a slow viewer loses its connection, not our time."""
        text = encode(asdict(leg))
        slow = []
        for socket in tuple(self._sockets):
            try:
                async with asyncio.timeout(0.2):
                    await socket.send_str(text)
            except (TimeoutError, ConnectionError):
                slow.append(socket)
        self._sockets.difference_update(slow)
