"""Bytes between the bot's clients and simulated exchanges, within one process.

Every request and frame takes a seeded while on its way; frames of one socket keep their order. The
line can be severed, as when the bot's process dies: what is under way may still arrive, nothing
comes back, and nothing more leaves. The way to one exchange can be cut for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, cast
from urllib.parse import urlsplit

from picows import WSCloseCode, WSError, WSListener, WSMsgType, WSTransport

from bot_trading.clock import now_us
from bot_trading.errors import ExchangeUnavailable
from bot_trading.exchanges.http import HttpAnswer, RequestNotSent
from bot_trading.exchanges.network import Network
from bot_trading.exchanges.websocket import StreamLost
from exchange_simulator.connection import Connection
from exchange_simulator.wire_protocol import Answer, WireProtocol

__all__ = ["Line", "VirtualExchange"]

_STEP_MIN_S = 0.001


class VirtualExchange:
    """A protocol whose market moves with virtual time.

    `saw_request` hears of each request that arrives: its method, target and body; what a client
    says on a socket has the method SOCKET and the socket's path.
    """

    def __init__(
        self, protocol: WireProtocol, saw_request: Callable[[str, str, bytes], None]
    ) -> None:
        self.protocol = protocol
        self.saw_request = saw_request
        self.is_paused = False

    def advance(self) -> None:
        """Let all happen that is due now; a paused market stands still, its wall clock does not."""
        wall_us, clock = now_us(), self.protocol.exchange.clock
        if self.is_paused:
            clock.stand_still(max(0, wall_us - clock.wall_us))
        self.protocol.advance(wall_us)

    async def run(self) -> None:
        """Move the market until cancelled."""
        while True:
            self.advance()
            # codelint: ok D08 because a world is built before a line leads to it
            due_us = self.protocol.next_wall_us()
            wait_s = 1.0 if due_us is None else (due_us - now_us()) / 1e6
            await asyncio.sleep(max(_STEP_MIN_S, min(1.0, wait_s)))


class Line:
    """One process's way to the exchanges, by their host names, until it is severed."""

    def __init__(
        self, exchanges: Mapping[str, VirtualExchange], rng: Random, latency_max_s: float
    ) -> None:
        self._exchanges = exchanges
        self.is_severed = False
        self._rng = rng
        self._latency_max_s = latency_max_s
        self._sockets: set[VirtualSocket] = set()
        self._cut: set[VirtualExchange] = set()

    @property
    def network(self) -> Network:
        """What clients are given."""
        return Network(http=self._http, connect=self._connect)

    def sever(self) -> None:
        """The process is gone: the exchange sees its sockets close."""
        self.is_severed = True
        for socket in list(self._sockets):
            socket.end(None)

    def cut_off(self, name: str) -> None:
        """The way to one exchange is gone: its sockets close, and what was asked gets no answer."""
        exchange = self._exchanges[name]
        self._cut.add(exchange)
        for socket in [each for each in self._sockets if each.exchange is exchange]:
            socket.end(None)

    def restore(self, name: str) -> None:
        """The way to it is there again."""
        self._cut.discard(self._exchanges[name])

    def is_open(self, exchange: VirtualExchange) -> bool:
        """Whether anything gets through to it."""
        return not self.is_severed and exchange not in self._cut

    def latency_s(self) -> float:
        """How long the next thing travels."""
        return self._rng.uniform(0.0005, self._latency_max_s)

    def _http(self, base_url: str) -> VirtualHttp:
        return VirtualHttp(self, self._exchanges[urlsplit(base_url).netloc])

    async def _connect(self, listener: Callable[[], WSListener], url: str) -> WSTransport:
        await asyncio.sleep(self.latency_s())
        parts = urlsplit(url)
        exchange = self._exchanges[parts.netloc]
        if not self.is_open(exchange):
            raise OSError("the line is severed")
        exchange.advance()
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        socket = VirtualSocket(self, exchange, parts.path, listener())
        # codelint: ok D08 because a world is built before a line leads to it
        connection = exchange.protocol.connect(path, socket.wake)
        if connection is None:
            raise WSError("handshake refused")
        self._sockets.add(socket)
        socket.begin(connection)
        return cast(WSTransport, socket)

    def forget(self, socket: VirtualSocket) -> None:
        """A socket ended."""
        self._sockets.discard(socket)


class VirtualHttp:
    """`exchanges.network.Http` without a network."""

    def __init__(self, line: Line, exchange: VirtualExchange) -> None:
        self._line = line
        self._exchange = exchange

    async def open(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Nothing to close."""

    async def get(self, target: str, headers: Mapping[str, str], timeout_ms: int) -> HttpAnswer:
        """As `HttpTransport.get`."""
        return await self._ask("GET", target, headers, b"", timeout_ms)

    async def post(
        self, path: str, body: bytes, headers: Mapping[str, str], timeout_ms: int
    ) -> HttpAnswer:
        """As `HttpTransport.post`."""
        return await self._ask("POST", path, headers, body, timeout_ms)

    async def call(
        self, method: str, target: str, headers: Mapping[str, str], timeout_ms: int
    ) -> HttpAnswer:
        """As `HttpTransport.call`."""
        return await self._ask(method, target, headers, b"", timeout_ms)

    async def _ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout_ms: int
    ) -> HttpAnswer:
        if not self._line.is_open(self._exchange):
            raise RequestNotSent("the line is severed")
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                reply = await self._travel(method, target, headers, body)
        except TimeoutError as error:
            raise ExchangeUnavailable(f"no answer within {timeout_ms} ms") from error
        if reply.lost or not self._line.is_open(self._exchange):
            raise ExchangeUnavailable("the connection broke before the answer")
        return HttpAnswer(reply.status, reply.headers, reply.body)

    async def _travel(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        await asyncio.sleep(self._line.latency_s())
        exchange = self._exchange
        exchange.advance()
        exchange.saw_request(method, target, body)
        # codelint: ok D08 because a world is built before a line leads to it
        reply = exchange.protocol.request(
            method=method,
            target=target,
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
        )
        await asyncio.sleep(self._line.latency_s() + reply.delay_ms / 1000)
        return reply


class _Frame:
    """What a listener reads of a text frame."""

    msg_type = WSMsgType.TEXT
    fin = True

    def __init__(self, payload: bytes) -> None:
        self._payload = payload

    def get_payload_as_bytes(self) -> bytes:
        """The payload."""
        return self._payload


class VirtualSocket:
    """A WebSocket of picows' shape, as far as `exchanges.websocket` uses it."""

    close_handshake = None

    def __init__(
        self, line: Line, exchange: VirtualExchange, path: str, listener: WSListener
    ) -> None:
        self._line = line
        self.exchange = exchange
        self._path = path
        self._listener: Any = listener
        self._loop = asyncio.get_running_loop()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._connection: Connection | None = None
        self._arrives_at = self._leaves_at = 0.0
        self.is_disconnected = False

    def begin(self, connection: Connection) -> None:
        """The handshake is done."""
        self._connection = connection
        self._listener.on_ws_connected(self)
        self.wake()

    def send(self, kind: WSMsgType, payload: bytes) -> None:
        """A text frame of the client; it arrives after a while, in order."""
        if self.is_disconnected:
            return
        self._leaves_at = max(self._leaves_at, self._loop.time() + self._line.latency_s())
        self._loop.call_at(self._leaves_at, self._receive, bytes(payload))

    def send_close(self, code: WSCloseCode) -> None:
        """Closing is the other side's business too; `disconnect` follows."""

    def disconnect(self, graceful: bool = True) -> None:
        """End it from our side."""
        self.end(None)

    def wait_disconnected(self) -> Awaitable[None]:
        """Until it ended; raises what a handler raised."""
        return asyncio.shield(self._gone)

    def wake(self) -> None:
        """The exchange has frames for us, or wants to close."""
        connection = self._connection
        if connection is None or self.is_disconnected:
            return
        self._arrives_at = max(self._arrives_at, self._loop.time() + self._line.latency_s())
        for frame in connection.drain():
            self._loop.call_at(self._arrives_at, self._deliver, frame)
        if connection.closing:
            self._loop.call_at(self._arrives_at, self.end, None)

    def end(self, error: BaseException | None) -> None:
        """It is over for both sides."""
        if self.is_disconnected:
            return
        self.is_disconnected = True
        self._line.forget(self)
        if self._connection is not None:
            self.exchange.protocol.disconnect(self._connection)
        if error is None:
            self._gone.set_result(None)
        else:
            self._gone.set_exception(error)
            self._gone.exception()  # Looked at, so that nobody has to.

    def _receive(self, payload: bytes) -> None:
        connection, exchange = self._connection, self.exchange
        # What left before the process died still arrives.
        if connection is None or connection.connection_id not in exchange.protocol.connections:
            return
        exchange.advance()
        exchange.saw_request("SOCKET", self._path, payload)
        exchange.protocol.receive(connection, payload)

    def _deliver(self, payload: bytes) -> None:
        if self.is_disconnected:
            return
        try:
            self._listener.on_ws_frame(self, _Frame(payload))
        except StreamLost as lost:  # As picows: what a handler raises ends the connection.
            self.end(lost)
