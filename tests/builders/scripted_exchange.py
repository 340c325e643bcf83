"""A loopback server in Bybit's shape that answers exactly what a test tells it to.

For the moments that a well-behaved exchange has none of: answers that are late, cut off, refused or
malformed. Everything not told otherwise is a hedge-mode account without positions.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials

__all__ = ["Answer", "ScriptedExchange", "Seen", "answered", "flat_legs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one request gets; `is_cut` breaks the connection instead."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def answered(
    result: object = None,
    *,
    code: int = 0,
    message: str = "OK",
    headers: Mapping[str, str] | None = None,
    delay_s: float = 0.0,
) -> Answer:
    """An answer in Bybit's envelope."""
    envelope = {
        "retCode": code,
        "retMsg": message,
        "result": {} if result is None else result,
        "retExtInfo": {},
        "time": time.time_ns() // 1_000_000,
    }
    return Answer(body=json.dumps(envelope).encode(), headers=headers or {}, delay_s=delay_s)


def flat_legs(symbol: str, indexes: tuple[int, ...] = (1, 2)) -> dict[str, object]:
    """The result of position/list for a symbol without positions."""
    rows = [
        {"symbol": symbol, "positionIdx": index, "side": "", "size": "0", "updatedTime": ""}
        for index in indexes
    ]
    return {"list": rows, "nextPageCursor": ""}


class ScriptedExchange:
    """`answers[path]` are given in turn, the last one for ever; `seen` is what came."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.seen: list[Seen] = []
        self.refuses_auth = ""
        self.answers_pings = True
        self.subscribed: list[tuple[str, tuple[str, ...]]] = []
        self._sockets: dict[str, dict[web.WebSocketResponse, asyncio.Transport]] = {
            "public": {},
            "private": {},
            "trade": {},
        }
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/ws/public", self._public)
        app.router.add_get("/ws/private", self._private)
        app.router.add_get("/ws/trade", self._trade)
        app.router.add_route("*", "/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        self.cut_streams()
        await self._runner.cleanup()

    @property
    def port(self) -> int:
        """Where it listens; kept when it is entered again."""
        return self._port

    def config(self, **changes: Any) -> BybitConfig:
        """A configuration that points here."""
        base = f"127.0.0.1:{self._port}"
        return BybitConfig(
            **{
                "rest_url": f"http://{base}",
                "ws_public_url": f"ws://{base}/ws/public",
                "ws_private_url": f"ws://{base}/ws/private",
                **changes,
            }
        )

    def client(self, **changes: Any) -> BybitClient:
        """A client that talks to this server, reconnecting as fast as its jitter allows."""
        credentials = Credentials(api_key="key", api_secret="hush-hush")
        return BybitClient(self.config(**changes), credentials, random_ratio=lambda: 0.0)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """The JSON bodies that came to a path, in order."""
        return [json.loads(seen.body) for seen in self.seen if seen.path == path]

    async def say(self, stream: str, message: object) -> None:
        """Send one message over every open socket of a stream: JSON, or bytes as they are."""
        text = message.decode("latin-1") if isinstance(message, bytes) else json.dumps(message)
        for open_socket in list(self._sockets[stream]):
            await open_socket.send_str(text)

    def cut_streams(self, stream: str | None = None) -> None:
        """Break the sockets of one stream, or of both."""
        for name, sockets in self._sockets.items():
            if stream in (None, name):
                for transport in list(sockets.values()):
                    transport.abort()

    async def _rest(self, request: web.Request) -> web.Response:
        body = await request.read()
        seen = Seen(
            method=request.method,
            path=request.path,
            query=request.raw_path.partition("?")[2],
            headers=request.headers.copy(),
            body=body,
        )
        self.seen.append(seen)
        scripted = self.answers.get(seen.path)
        answer = scripted[0] if scripted else self._usual(seen, request)
        if scripted and len(scripted) > 1:
            scripted.pop(0)
        await asyncio.sleep(answer.delay_s)
        if answer.is_cut:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    def _usual(self, seen: Seen, request: web.Request) -> Answer:
        if seen.path == "/v5/market/time":
            return answered({"timeNano": str(time.time_ns())})
        if seen.path == "/v5/user/query-api":
            wallet = {"Wallet": ["AccountTransfer"]}
            return answered({"userID": 7, "readOnly": 0, "permissions": wallet})
        if seen.path == "/v5/position/list":
            symbol = request.query.get("symbol", "")
            return answered(flat_legs(symbol) if symbol else {"list": []})
        if seen.method == "GET":
            return answered({"list": [], "nextPageCursor": ""})
        if seen.path == "/v5/order/create":
            named = json.loads(seen.body)["orderLinkId"]
            return answered({"orderId": f"theirs-{named}", "orderLinkId": named})
        return answered({"orderId": "theirs"})

    async def _public(self, request: web.Request) -> web.WebSocketResponse:
        return await self._stream("public", request)

    async def _private(self, request: web.Request) -> web.WebSocketResponse:
        return await self._stream("private", request)

    async def _trade(self, request: web.Request) -> web.WebSocketResponse:
        return await self._stream("trade", request)

    async def _stream(self, name: str, request: web.Request) -> web.WebSocketResponse:
        server = web.WebSocketResponse()
        await server.prepare(request)
        assert request.transport is not None
        self._sockets[name][server] = request.transport
        try:
            async for message in server:
                if message.type is WSMsgType.TEXT:
                    await self._answer_op(name, server, json.loads(message.data))
        finally:
            del self._sockets[name][server]
        return server

    async def _answer_op(
        self, name: str, server: web.WebSocketResponse, message: dict[str, Any]
    ) -> None:
        op = message["op"]
        if name == "trade":
            await self._answer_trade(server, message)
        elif op == "auth":
            ok = not self.refuses_auth
            await server.send_json({"op": op, "success": ok, "ret_msg": self.refuses_auth})
        elif op == "subscribe":
            self.subscribed.append((name, tuple(message["args"])))
            await server.send_json({"op": op, "success": True, "ret_msg": ""})
        elif op == "ping" and self.answers_pings:
            await server.send_json({"op": "pong", "args": ["1"]})

    async def _answer_trade(self, server: web.WebSocketResponse, message: dict[str, Any]) -> None:
        """As on REST, with the operation in the place of the path."""
        op = message["op"]
        if op in ("auth", "ping"):
            code = 10003 if self.refuses_auth else 0
            await server.send_json({"op": op, "retCode": code, "retMsg": self.refuses_auth})
            return
        body = message["args"][0]
        self.seen.append(
            Seen(
                method="WS",
                path=op,
                query="",
                headers=message["header"],
                body=json.dumps(body).encode(),
            )
        )
        named = body.get("orderLinkId", "")
        usual = answered({"orderId": f"theirs-{named}", "orderLinkId": named})
        scripted = self.answers.get(op)
        answer = usual if not scripted else scripted.pop(0) if len(scripted) > 1 else scripted[0]
        await asyncio.sleep(answer.delay_s)
        if answer.is_cut:
            self._sockets["trade"][server].abort()
            return
        said = json.loads(answer.body)
        await server.send_json(
            {
                "reqId": message["reqId"],
                "op": op,
                "retCode": said["retCode"],
                "retMsg": said["retMsg"],
                "data": said["result"],
                "header": dict(answer.headers),
            }
        )
