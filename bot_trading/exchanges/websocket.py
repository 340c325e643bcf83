"""Keeps one WebSocket alive: connect, greet, watch, and begin again after every loss.

A socket that answers pings but carries no data is dead, so each topic has a greatest age of its
data. Frames are handled in the socket's own callback, without a queue: a slow handler slows the
sender down through TCP instead of filling memory. When this process stood still (stopped, starved,
blocked), what waited in the socket is as old as that, though it has only just been read: it is
thrown away with its connection.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport

from bot_trading.exchanges.network import FRAME_BYTES_MAX, REAL_NETWORK, Connect

__all__ = ["Socket", "StreamLost", "StreamPlan", "WebSocketManager", "reconnect_delay_s"]

FIRST_DELAY_MAX_S = 0.5
DELAY_MAX_S = 30.0
STABLE_AFTER_S = 30.0
CONNECT_TIMEOUT_S = 10.0
REPLIES_MAX = 64

_log = logging.getLogger(__name__)


class StreamLost(Exception):
    """A stream ended or could not begin; the message says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """What one stream is: where it lives, how it begins, and how old its data may become.

    `greet` authenticates and subscribes over a fresh socket and raises `StreamLost` when refused.
    `on_frame` handles one text message and returns its topic, or None when it is no data. `topics`
    maps each topic that must keep talking to the greatest age of its data in milliseconds.
    `expected_ms` is how long data may be missing after `WebSocketManager.expect_data`,
    `stood_still_ms` how long this process may have been away before what it reads is too old.
    """

    name: str
    url: str
    greet: Callable[[Socket], Awaitable[None]]
    on_frame: Callable[[bytes], str | None]
    topics: Mapping[str, int]
    ping: bytes
    ping_interval_ms: int = 20_000
    expected_ms: int = 10_000
    stood_still_ms: int = 3_000


class Socket(WSListener):
    """One connection: sends text, collects replies while greeting, and notes when data came.

    `away_max_s` is how long after `stay_awake` a frame is still believed.
    """

    def __init__(self, on_frame: Callable[[bytes], str | None], away_max_s: float) -> None:
        self.heard_at = 0.0
        self.pinged_at = 0.0
        self.data_at: dict[str, float] = {}
        self.expected_since: float | None = None
        self._on_frame = on_frame
        self._away_max_s = away_max_s
        self._awake_at: float | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: WSTransport | None = None
        self._replies: asyncio.Queue[bytes] | None = asyncio.Queue(REPLIES_MAX)
        self._parts = b""

    def send(self, payload: bytes) -> None:
        """Send one text message."""
        if self._transport is None or self._transport.is_disconnected:
            raise StreamLost("the connection is closed")
        self._transport.send(WSMsgType.TEXT, payload)

    async def reply(self) -> bytes:
        """The next message that is no data; only while greeting."""
        if self._replies is None:
            raise StreamLost("replies are collected only while a stream is being greeted")
        return await self._replies.get()

    def end_greeting(self) -> None:
        """From here on, messages that are no data only prove that the other side lives."""
        self._replies = None
        self.stay_awake()

    def stay_awake(self) -> None:
        """This process runs; raises `StreamLost` when it did not for too long before."""
        now = self._loop.time()
        away_s = 0.0 if self._awake_at is None else now - self._awake_at
        if away_s > self._away_max_s:
            raise StreamLost(f"this process stood still for {away_s:.1f} s: what it missed is old")
        self._awake_at = now

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Called by picows once the handshake is done."""
        self._transport = transport
        self.heard_at = self.pinged_at = self._loop.time()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Called by picows for every frame; what it raises ends the connection."""
        if self._awake_at is not None:
            self.stay_awake()
        self.heard_at = self._loop.time()
        kind = frame.msg_type
        if kind is WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            payload = frame.get_payload_as_bytes()
            if self._parts or not frame.fin:
                payload = self._join(payload)
            if frame.fin:
                self._parts = b""
                self._take(payload)

    def _join(self, payload: bytes) -> bytes:
        self._parts += payload
        if len(self._parts) > FRAME_BYTES_MAX:
            raise StreamLost(f"a message is longer than {FRAME_BYTES_MAX} bytes")
        return self._parts

    def _take(self, payload: bytes) -> None:
        topic = self._on_frame(payload)
        if topic is not None:
            self.data_at[topic] = self.heard_at
            self.expected_since = None
        elif self._replies is not None:
            if self._replies.full():
                raise StreamLost(f"more than {REPLIES_MAX} replies came while greeting")
            self._replies.put_nowait(payload)


class WebSocketManager:
    """Runs one `StreamPlan` until cancelled; `on_up` and `on_down` tell of each change.

    `on_down` is called with the reason for every loss and every failed attempt. `random_ratio`
    gives numbers in [0, 1) and spreads the reconnects of many bots.
    """

    def __init__(
        self,
        plan: StreamPlan,
        *,
        on_up: Callable[[], None],
        on_down: Callable[[str], None],
        random_ratio: Callable[[], float] = random.random,
        connect: Connect = REAL_NETWORK.connect,
    ) -> None:
        self._plan = plan
        self._on_up = on_up
        self._on_down = on_down
        self._random_ratio = random_ratio
        self._connect_to = connect
        self._socket: Socket | None = None

    def expect_data(self) -> None:
        """Something was done that this stream must soon tell about; silence then means death."""
        socket = self._socket
        if socket is not None and socket.expected_since is None:
            socket.expected_since = asyncio.get_running_loop().time()

    async def run(self) -> NoReturn:
        """Connect again for ever, after a delay that grows with failures in a row."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            try:
                await self._live_once()
            except StreamLost as lost:
                if self._socket is not None and loop.time() - began > STABLE_AFTER_S:
                    failures = 0
                self._socket = None
                self._on_down(f"{self._plan.name} stream: {lost}")
            await asyncio.sleep(reconnect_delay_s(failures, self._random_ratio()))
            failures += 1

    async def _live_once(self) -> NoReturn:
        """One connection from handshake to loss; always ends by `StreamLost`."""
        socket, transport = await self._connect()
        gone = asyncio.ensure_future(transport.wait_disconnected())
        try:
            await self._greet(socket, transport, gone)
            self._socket = socket
            self._on_up()
            while True:
                await asyncio.wait({gone}, timeout=self._look_every_s)
                if gone.done():
                    _raise_why(gone, transport)
                self._look(socket)
        finally:
            transport.disconnect(graceful=False)
            await asyncio.wait({gone}, timeout=1)
            if gone.done() and not gone.cancelled():
                gone.exception()  # Told already; asking keeps asyncio from reporting it again.

    async def _connect(self) -> tuple[Socket, WSTransport]:
        socket = Socket(self._plan.on_frame, self._plan.stood_still_ms / 1_000)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                transport = await self._connect_to(lambda: socket, self._plan.url)
        except (OSError, TimeoutError, WSError, asyncio.IncompleteReadError) as error:
            raise StreamLost(
                f"no connection to {self._plan.url}: {type(error).__name__} {error}"
            ) from error
        return socket, transport

    async def _greet(
        self, socket: Socket, transport: WSTransport, gone: asyncio.Future[None]
    ) -> None:
        greeting = asyncio.ensure_future(self._plan.greet(socket))
        try:
            await asyncio.wait(
                {greeting, gone}, timeout=CONNECT_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if greeting.done():
                _raise_handler_error(greeting.exception())
            elif gone.done():
                _raise_why(gone, transport)
            else:
                raise StreamLost(f"no answer to the greeting within {CONNECT_TIMEOUT_S:.0f} s")
        finally:
            greeting.cancel()
            await asyncio.wait({greeting})
        socket.end_greeting()
        now = asyncio.get_running_loop().time()
        for topic in self._plan.topics:
            socket.data_at.setdefault(topic, now)

    @property
    def _look_every_s(self) -> float:
        shortest_ms = min((self._plan.ping_interval_ms, *self._plan.topics.values()))
        waits_ms = (shortest_ms, self._plan.expected_ms, self._plan.stood_still_ms)
        return min(1.0, min(waits_ms) / 4_000)

    def _look(self, socket: Socket) -> None:
        """Ping when due; raise `StreamLost` when something is older than it may be."""
        socket.stay_awake()
        now = asyncio.get_running_loop().time()
        plan = self._plan
        interval_s = plan.ping_interval_ms / 1000
        quiet_s = now - socket.heard_at
        if quiet_s > 2 * interval_s:
            raise StreamLost(f"no answer to pings for {quiet_s:.1f} s")
        if now - socket.pinged_at >= interval_s:
            socket.pinged_at = now
            socket.send(plan.ping)
        for topic, age_max_ms in plan.topics.items():
            age_s = now - socket.data_at[topic]
            if age_s * 1000 > age_max_ms:
                raise StreamLost(f"{topic} carried no data for {age_s:.1f} s")
        since = socket.expected_since
        if since is not None and (now - since) * 1000 > plan.expected_ms:
            raise StreamLost(f"no data for {now - since:.1f} s after something must have changed")


def reconnect_delay_s(failures: int, random_ratio: float) -> float:
    """Seconds to wait after so many failures in a row: doubling, jittered, below half a second at
    first and never above 30 s (equal jitter: half of the step is fixed, half is random)."""
    step_s = min(DELAY_MAX_S, FIRST_DELAY_MAX_S * 2.0 ** min(failures, 16))
    return step_s * (0.5 + random_ratio / 2)


def _raise_why(gone: asyncio.Future[None], transport: WSTransport) -> NoReturn:
    """Turn the end of a connection into a sentence."""
    _raise_handler_error(gone.exception())
    handshake = getattr(transport, "close_handshake", None)  # None when no close frame passed.
    received = None if handshake is None else handshake.recv
    detail = f" ({received.code.value} {received.reason})" if received else ""
    raise StreamLost(f"closed by the other side{detail}")


def _raise_handler_error(error: BaseException | None) -> None:
    """Raise what a handler raised as `StreamLost`; an unforeseen one is logged with its trace."""
    if error is None:
        return
    if isinstance(error, StreamLost | WSError | OSError):
        raise StreamLost(str(error)) from error
    _log.error("a handler of stream messages failed", exc_info=error)
    raise StreamLost(f"a handler failed: {type(error).__name__}: {error}") from error
