"""A loopback server in OKX's shape that answers exactly what a test tells it to.

For the moments that a well-behaved exchange has none of: answers that are late, cut off, refused or
malformed. Everything not told otherwise is an account in long/short mode without positions.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from bot_trading.exchanges.okx.client import OkxClient
from bot_trading.exchanges.okx.config import Credentials, OkxConfig
from tests.builders.okx_frames import instrument_row
from tests.builders.scripted_exchange import Answer, Seen

__all__ = ["Answer", "ScriptedOkx", "answered", "ordered"]


def answered(*rows: object, code: str = "0", message: str = "", status: int = 200) -> Answer:
    """An answer in OKX's envelope."""
    envelope = {"code": code, "msg": message, "data": rows}
    return Answer(body=json.dumps(envelope).encode(), status=status)


def ordered(code: str = "0", message: str = "", **changes: str) -> Answer:
    """An answer to one order, whose own code tells."""
    row = {"ordId": "1001", "clOrdId": "", "sCode": code, "sMsg": message} | changes
    return answered(row, code="0" if code == "0" else "1")


class ScriptedOkx:
    """`answers[path]` are given in turn, the last one for ever; `seen` is what came."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.seen: list[Seen] = []
        self.refuses_login = ""
        self.subscribed: list[tuple[str, dict[str, str]]] = []
        self._sockets: dict[str, list[web.WebSocketResponse]] = {}
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/ws/v5/{name}", self._stream)
        app.router.add_route("*", "/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        for sockets in self._sockets.values():
            for socket in list(sockets):
                await socket.close()
        await self._runner.cleanup()

    def config(self, **changes: Any) -> OkxConfig:
        """A configuration that points here."""
        base = f"127.0.0.1:{self._port}"
        names = ("public", "private", "business")
        addresses = {f"ws_{name}_url": f"ws://{base}/ws/v5/{name}" for name in names}
        return OkxConfig(**({"rest_url": f"http://{base}"} | addresses | changes))

    def client(self, **changes: Any) -> OkxClient:
        """A client that talks to this server, reconnecting as fast as its jitter allows."""
        keys = Credentials(api_key="key", api_secret="hush-hush", passphrase="open")
        return OkxClient(self.config(**changes), keys, random_ratio=lambda: 0.0)

    @asynccontextmanager
    async def opened(self, **changes: Any) -> AsyncIterator[OkxClient]:
        """An open client; the calls of its start are forgotten."""
        client = self.client(**changes)
        await client.open()
        self.seen.clear()
        try:
            yield client
        finally:
            await client.close()

    def bodies(self, path: str) -> list[Any]:
        """The JSON bodies that came to a path, in order."""
        return [json.loads(seen.body) for seen in self.seen if seen.path == path]

    async def say(self, stream: str, message: bytes) -> None:
        """Send bytes as they are over every open socket of a stream."""
        for socket in list(self._sockets.get(stream, ())):
            await socket.send_str(message.decode("latin-1"))

    async def _rest(self, request: web.Request) -> web.Response:
        seen = Seen(
            method=request.method,
            path=request.path,
            query=request.raw_path.partition("?")[2],
            headers=request.headers.copy(),
            body=await request.read(),
        )
        self.seen.append(seen)
        scripted = self.answers.get(seen.path)
        answer = scripted[0] if scripted else self._usual(seen)
        if scripted and len(scripted) > 1:
            scripted.pop(0)
        await asyncio.sleep(answer.delay_s)
        if answer.is_cut:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    def _usual(self, seen: Seen) -> Answer:
        if seen.path == "/api/v5/public/time":
            return answered({"ts": str(time.time_ns() // 1_000_000)})
        if seen.path == "/api/v5/account/config":
            mode = {"posMode": "long_short_mode", "perm": "read_only,trade", "acctLv": "2"}
            return answered({"uid": "7", **mode})
        if seen.path == "/api/v5/public/instruments":
            return answered(instrument_row())
        if seen.path == "/api/v5/trade/order" and seen.method == "GET":
            return answered(code="51603", message="Order does not exist.")
        if seen.method == "GET":
            return answered()
        body = json.loads(seen.body)
        rows = body if isinstance(body, list) else [body]
        named = [str(row.get("clOrdId", "")) for row in rows]
        return answered(
            *({"ordId": "1001", "algoId": "7001", "clOrdId": name, "sCode": "0"} for name in named)
        )

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        server = web.WebSocketResponse()
        await server.prepare(request)
        name = request.match_info["name"]
        self._sockets.setdefault(name, []).append(server)
        try:
            async for message in server:
                if message.type is WSMsgType.TEXT:
                    await self._answer(name, server, message.data)
        finally:
            self._sockets[name].remove(server)
        return server

    async def _answer(self, name: str, server: web.WebSocketResponse, text: str) -> None:
        if text == "ping":
            await server.send_str("pong")
            return
        message = json.loads(text)
        if message["op"] == "login":
            failed = {"event": "error", "code": "60009", "msg": self.refuses_login}
            await server.send_json(
                failed if self.refuses_login else {"event": "login", "code": "0", "msg": ""}
            )
            return
        for arg in message["args"]:
            self.subscribed.append((name, arg))
            await server.send_json({"event": "subscribe", "arg": arg, "connId": "x"})
