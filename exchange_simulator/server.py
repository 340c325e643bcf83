"""Carries bytes between real sockets and a protocol, and tells it the machine's time.

All decisions are the protocol's. One task per exchange moves the market; one task per WebSocket
carries its outbox. The broad handler here turns a defect of ours into an error answer, because a
client under test must never be stopped by one.
"""

import asyncio
import logging

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError

from exchange_simulator.clock import machine_us
from exchange_simulator.connection import Connection
from exchange_simulator.errors import BadInput
from exchange_simulator.wire_protocol import Answer, WireProtocol

__all__ = ["Server"]

_LOG = logging.getLogger(__name__)
_HTTP_LOG = logging.getLogger(f"{__name__}.http")
_TICK_S = 0.02
_STEP_MAX_US = 50_000
_STEP_MIN_US = 500
_WORK_MAX_US = 8_000
_OUTBOX_MAX = 200_000


class Server:
    """One exchange on one port of the loopback interface."""

    def __init__(
        self,
        protocol: WireProtocol,
        *,
        host: str,
        port: int,
        socket_delay_ms: float = 10,
        trade_delay_ms: float = 2,
    ) -> None:
        """Prepare; port 0 takes any free one.

        The delays are the way of a client's frame to the exchange. Real clients register their
        callbacks after sending, and break when the answer is there first.
        """
        self.protocol = protocol
        self.host = host
        self.port = port
        self._delays_s = {"trade": trade_delay_ms / 1000}
        self._delay_s = socket_delay_ms / 1000
        self._runner: web.ServerRunner | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._step_us = _STEP_MAX_US

    async def start(self) -> None:
        """Listen and let the market move.

        Raises:
            BadInput: the port cannot be used.
        """
        runner = web.ServerRunner(web.Server(self._handle, access_log=None, logger=_HTTP_LOG))
        await runner.setup()
        site = web.TCPSite(runner, self.host, self.port, reuse_address=True)
        try:
            await site.start()
        except (OSError, OverflowError) as error:
            await runner.cleanup()
            why = error.strerror if isinstance(error, OSError) else "it is beyond 65535"
            raise BadInput(
                f"Port {self.port} on {self.host} cannot be used ({why});"
                " choose another with --port, or 0 for any free one."
            ) from error
        self._runner = runner
        self.port = runner.addresses[0][1]
        self._ticking = asyncio.create_task(self._tick(), name=f"{self.protocol.name}-market")

    async def stop(self) -> None:
        """Close every socket and stop listening."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        for connection in list(self.protocol.connections.values()):
            connection.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _tick(self) -> None:
        """Advance the market whenever something is due, at the latest every 20 ms."""
        while True:
            try:
                self._advance()
                # codelint: ok D08 because a world is built once, before its first visitor is served
                due_us = self.protocol.next_wall_us()
            except Exception:  # A market that stood still for ever would look like a dead exchange.
                _LOG.exception("market step failed")
                due_us = None
            pause_s = _TICK_S
            if due_us is not None:
                pause_s = min(_TICK_S, max(0.0, (due_us - machine_us()) / 1e6))
            await asyncio.sleep(pause_s)

    def _advance(self) -> None:
        """Let happen what is due; what the machine was too slow for happens later in the market.

        One call moves the market by so much wall time as lately took a few milliseconds of work,
        so that clients are answered between, at any speed.
        """
        now_us = machine_us()
        late_us = now_us - self.protocol.exchange.clock.wall_us - self._step_us
        if late_us > 0:
            self.protocol.exchange.clock.stand_still(late_us)
        self.protocol.advance(now_us)
        took_us = machine_us() - now_us
        if took_us > _WORK_MAX_US:
            self._step_us = max(_STEP_MIN_US, self._step_us // 2)
        elif took_us < _WORK_MAX_US // 4:
            self._step_us = min(_STEP_MAX_US, self._step_us * 2)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        if upgrade:
            return await self._socket(request)
        body = await request.read() if request.can_read_body else b""
        answer = self._answer(request, body)
        if answer.delay_ms:
            await asyncio.sleep(answer.delay_ms / 1000)
        if answer.lost:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("answer lost on purpose")
        headers = {**answer.headers, "Content-Type": answer.content_type}
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    def _answer(self, request: web.BaseRequest, body: bytes) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            self._advance()
            return self.protocol.request(
                method=request.method,
                target=request.raw_path,
                headers=headers,
                body=body,
                address=request.remote or "",
            )
        except Exception:  # See the module's docstring.
            _LOG.exception("request failed: %s %s", request.method, request.raw_path)
            return self.protocol.defect(machine_us() // 1000)

    async def _socket(self, request: web.BaseRequest) -> web.StreamResponse:
        filled = asyncio.Event()
        # codelint: ok D08 because a world is built once, before its first visitor is served
        connection = self.protocol.connect(request.raw_path, filled.set)
        if connection is None:
            return web.Response(status=404, text="404 Not Found")
        socket = web.WebSocketResponse(compress=False, max_msg_size=1 << 20, timeout=2.0)
        carrier: asyncio.Task[None] | None = None
        try:
            await socket.prepare(request)
            carrier = asyncio.create_task(_carry(connection, socket, filled))
            await self._read(connection, socket)
        finally:
            if carrier is not None:
                carrier.cancel()
                await asyncio.gather(carrier, return_exceptions=True)
            # codelint: ok D08 because a world is built once, before its first visitor is served
            self.protocol.disconnect(connection)
        return socket

    async def _read(self, connection: Connection, socket: web.WebSocketResponse) -> None:
        """Hand on a client's frames in their order, each after the same delay."""
        loop = asyncio.get_running_loop()
        delay_s = self._delays_s.get(connection.kind, self._delay_s)
        due = loop.time()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                data = message.data.encode()
            elif message.type is WSMsgType.BINARY:
                data = message.data
            else:
                return
            if delay_s:
                due = max(due + 1e-6, loop.time() + delay_s)
                loop.call_at(due, self._receive, connection, data)
            else:
                self._receive(connection, data)

    def _receive(self, connection: Connection, data: bytes) -> None:
        if connection.connection_id not in self.protocol.connections:
            return
        try:
            self._advance()
            self.protocol.receive(connection, data)
        except Exception:  # See the module's docstring.
            _LOG.exception("frame failed: %r", data[:200])


async def _carry(
    connection: Connection, socket: web.WebSocketResponse, filled: asyncio.Event
) -> None:
    """Send what the outbox holds; a client that reads too slowly is cut off, as at the real one."""
    while True:
        await filled.wait()
        filled.clear()
        if len(connection.outbox) > _OUTBOX_MAX:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"too slow")
            return
        while connection.outbox:
            await socket.send_frame(connection.take(), WSMsgType.TEXT)
        if connection.closing:
            await socket.close(code=WSCloseCode.GOING_AWAY)
            return


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether an error is the simulator's: bytes that are no HTTP get a 400, and no line here."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_HTTP_LOG.addFilter(_is_ours)
