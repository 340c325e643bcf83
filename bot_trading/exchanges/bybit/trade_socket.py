"""Order entry over Bybit's trade WebSocket: less work per order than a signed HTTP request.

The socket authenticates once. A request either leaves over it, and then its outcome is answered or
unknown, or it does not leave at all and the caller takes the REST path; nothing goes both ways.
A socket that swallows one request gets no second one: it is not used until it speaks again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from itertools import count
from typing import NoReturn

from bot_trading.errors import ExchangeUnavailable, MalformedMessage
from bot_trading.exchanges.bybit import wire
from bot_trading.exchanges.bybit.requests import PING, auth_message
from bot_trading.exchanges.http import RequestNotSent
from bot_trading.exchanges.network import Connect
from bot_trading.exchanges.websocket import Socket, StreamLost, StreamPlan, WebSocketManager

__all__ = ["OPERATIONS", "TradeSocket"]

# The endpoints that the socket takes too, by their REST paths; rate limits are shared with REST.
OPERATIONS: Mapping[str, bytes] = {
    "/v5/order/create": b"order.create",
    "/v5/order/amend": b"order.amend",
    "/v5/order/cancel": b"order.cancel",
}
_REQUEST = (
    b'{"reqId":"%d","header":{"X-BAPI-TIMESTAMP":"%d","X-BAPI-RECV-WINDOW":"%d"},'
    b'"op":"%s","args":[%s]}'
)

_log = logging.getLogger(__name__)


class TradeSocket:
    """One authenticated trade socket and the requests that wait for their answers on it.

    `sign` is the account's HMAC, `now_ms` the exchange's clock.
    """

    def __init__(
        self,
        url: str,
        key: str,
        sign: Callable[[bytes], str],
        now_ms: Callable[[], int],
        *,
        recv_window_ms: int,
        ping_interval_ms: int,
        silence_max_ms: int,
        random_ratio: Callable[[], float],
        connect: Connect,
    ) -> None:
        self._key = key
        self._sign = sign
        self._now_ms = now_ms
        self._recv_window_ms = recv_window_ms
        self._numbers = count(1)
        self._socket: Socket | None = None
        self._waiting: dict[str, asyncio.Future[wire.TradeAnswer]] = {}
        plan = StreamPlan(
            name="trade",
            url=url,
            greet=self._greet,
            on_frame=self._on_frame,
            topics={},  # It speaks only when asked.
            ping=PING,
            ping_interval_ms=ping_interval_ms,
            expected_ms=silence_max_ms,
        )
        self._manager = WebSocketManager(
            plan,
            on_up=self._on_up,
            on_down=self._on_down,
            random_ratio=random_ratio,
            connect=connect,
        )
        self._greeted: Socket | None = None

    @property
    def is_up(self) -> bool:
        """True while requests can leave over the socket."""
        return self._socket is not None

    async def run(self) -> NoReturn:
        """Keep the socket alive until cancelled; what waits then has no known outcome."""
        try:
            await self._manager.run()
        finally:
            self._on_down("closed by us")

    async def ask(self, path: str, body: bytes, timeout_ms: int) -> wire.TradeAnswer:
        """Send one request and return its answer.

        Raises `RequestNotSent` when it did not leave, `ExchangeUnavailable` when its answer was
        lost, late or unreadable.
        """
        if self._socket is None:
            raise RequestNotSent("the trade socket is down")
        number = next(self._numbers)
        answered: asyncio.Future[wire.TradeAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[str(number)] = answered
        request = _REQUEST % (
            *(number, self._now_ms(), self._recv_window_ms),
            *(OPERATIONS[path], body),
        )
        try:
            self._socket.send(request)
            self._manager.expect_data()
            async with asyncio.timeout(timeout_ms / 1000):
                return await answered
        except StreamLost as lost:
            raise RequestNotSent(f"the trade socket is down: {lost}") from lost
        except TimeoutError as error:
            self._socket = None
            self._manager.expect_data()  # An answer to another request may have ended the watch.
            raise ExchangeUnavailable(
                f"the trade socket did not answer {path} within {timeout_ms} ms"
            ) from error
        finally:
            self._waiting.pop(str(number), None)

    async def _greet(self, socket: Socket) -> None:
        socket.send(auth_message(self._key, self._sign, self._now_ms()))
        while True:
            try:
                answer = wire.decode(wire.decode_trade_answer, await socket.reply(), "trade answer")
            except MalformedMessage as error:
                raise StreamLost(str(error)) from error
            if answer.op == "auth":
                if answer.ret_code != 0:
                    raise StreamLost(f"auth was refused: {answer.ret_code}: {answer.ret_msg[:200]}")
                self._greeted = socket
                return

    def _on_frame(self, payload: bytes) -> str | None:
        """Hand an answer to who waits for it; one that cannot be read ends in a timeout.

        An answer, however late, proves that the socket lives.
        """
        try:
            answer = wire.decode(wire.decode_trade_answer, payload, "trade answer")
        except MalformedMessage as error:
            _log.warning("%s", error)
            return None
        if not answer.req_id:
            return None
        self._socket = self._greeted
        waiting = self._waiting.get(answer.req_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
        return "answers"

    def _on_up(self) -> None:
        self._socket = self._greeted

    def _on_down(self, reason: str) -> None:
        """Whatever left and was not answered may have been carried out, or not."""
        self._socket = self._greeted = None
        if self._waiting:
            _log.warning(
                "trade socket lost with %d answers missing: %s", len(self._waiting), reason
            )
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(
                    ExchangeUnavailable(f"the trade socket was lost before its answer: {reason}")
                )
