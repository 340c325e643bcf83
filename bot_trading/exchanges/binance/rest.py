"""Signed REST calls to Binance USDⓈ-M futures: clock, signature, rate limits, errors.

A signature is the hex HMAC-SHA256 of the query, which holds time and receive window. An error is an
HTTP status of 400 or more with a code; what gateways answer has none and proves nothing.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from bot_trading.clock import now_ms
from bot_trading.errors import (
    AuthRejected,
    ExchangeError,
    ExchangeUnavailable,
    MalformedMessage,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.binance import wire
from bot_trading.exchanges.binance.config import EXCHANGE, BinanceConfig, Credentials
from bot_trading.exchanges.binance.errors import (
    TIMESTAMP_REFUSED,
    TOO_MANY,
    error_of_code,
)
from bot_trading.exchanges.figures import header_int
from bot_trading.exchanges.http import HttpAnswer
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.outgoing import Gate, Lane
from bot_trading.exchanges.server_clock import measure_offset_ms

__all__ = ["Reply", "SignedRest"]

BAN_MIN_S = 120.0
READS_PER_S = 40
READ_WAIT_S = 5.0
ORDERS_PER_10S = 300
CANCELS_PER_S = 30
WEIGHT_KEPT = 400  # Of each minute's weight this much is left to exits and protection.
TOO_MANY_ORDERS = -1015


class Reply(NamedTuple):
    """An answer that was read: `code` is 0 for success, else the exchange's own."""

    code: int
    message: str
    body: bytes


class SignedRest:
    """One account's signed calls; `offset_ms` is the exchange's clock less ours.

    `clock_doubted` is set when the exchange refused a request for its time.
    """

    def __init__(
        self, config: BinanceConfig, credentials: Credentials, network: Network = REAL_NETWORK
    ) -> None:
        self.offset_ms = 0
        self.clock_doubted = asyncio.Event()
        self._config = config
        self._headers = {"X-MBX-APIKEY": credentials.api_key}
        self._secret = credentials.api_secret.encode()
        self._http = network.http(config.rest_url)
        self._key_http = network.http(config.key_url) if config.key_url else None
        self._window = str(config.recv_window_ms)
        self._gate = Gate(EXCHANGE)
        self._reads = Lane(READS_PER_S)
        self._orders = Lane(ORDERS_PER_10S, 10.0)
        self._cancels = Lane(CANCELS_PER_S)

    async def open(self) -> None:
        """Prepare connections and measure the clock's offset."""
        await self._http.open()
        if self._key_http is not None:
            await self._key_http.open()
        await self.measure_clock()

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()
        if self._key_http is not None:
            await self._key_http.close()

    def now_ms(self) -> int:
        """The exchange's wall clock, as far as measured."""
        return now_ms() + self.offset_ms

    async def measure_clock(self) -> None:
        """Ask for the time a few times; see `measure_offset_ms`."""
        self.offset_ms = await measure_offset_ms(self._read_time_ms)

    async def _read_time_ms(self) -> int:
        path = "/fapi/v1/time"
        body = await self.read(path, {}, signed=False)
        return wire.decode(wire.decode_server_time, body, path).server_time

    async def read(
        self, path: str, params: Mapping[str, str], *, signed: bool = True, urgent: bool = False
    ) -> bytes:
        """GET; the body of a success, an `ExchangeError` for everything else.

        What is urgent shares the lane of cancels, which does not pause for weight that is used.
        """
        lane = self._cancels if urgent else self._reads
        await self._gate.enter(lane, "reads", urgent=True, timeout_s=READ_WAIT_S)
        reply = await self._ask("GET", path, params, self._config.read_timeout_ms, signed=signed)
        return self._body(reply)

    @property
    def recv_window_s(self) -> float:
        """How late after its time stamp the exchange still takes a request."""
        return self._config.recv_window_ms / 1000

    async def read_key_rights(self) -> wire.KeyRights | None:
        """What the key may do, or None where nobody tells it."""
        path = "/sapi/v1/account/apiRestrictions"
        http = self._key_http
        if http is None:
            return None
        target = f"{path}?{self._signed({})}"
        answer = await http.call("GET", target, self._headers, self._config.read_timeout_ms)
        return wire.decode(wire.decode_key_rights, self._body(self._understand(answer)), path)

    async def listen_key(self) -> str:
        """The key of the account's stream, new or prolonged by an hour."""
        path = "/fapi/v1/listenKey"
        await self._gate.enter(self._reads, "reads", urgent=True, timeout_s=READ_WAIT_S)
        timeout_ms = self._config.read_timeout_ms
        body = self._body(await self._ask("POST", path, {}, timeout_ms, signed=False))
        return wire.decode(wire.decode_listen_key, body, path).listen_key

    async def set(self, path: str, params: Mapping[str, str]) -> Reply:
        """POST a setting; the code is the caller's."""
        await self._gate.enter(self._cancels, "settings", urgent=False, timeout_s=READ_WAIT_S)
        return await self._ask("POST", path, params, self._config.read_timeout_ms)

    async def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        *,
        urgent: bool,
        is_fresh: Callable[[], bool] | None = None,
    ) -> Reply:
        """Send something that trades, once, within the submit deadline; the code is the caller's.

        Raises `RequestNotSent` (or `EntryStale`) when nothing left, and any other `ExchangeError`
        when the outcome is not known.
        """
        timeout_ms = self._config.submit_timeout_ms
        lane = self._cancels if method == "DELETE" else self._orders
        timeout_ms = await self._gate.take_turn(
            lane, "orders", urgent=urgent, timeout_ms=timeout_ms, is_fresh=is_fresh
        )
        return await self._ask(method, path, params, timeout_ms)

    def error_of(self, reply: Reply) -> ExchangeError:
        """The exception of a reply that is no success."""
        retry_at_ms = now_ms() + 1000 if reply.code in TOO_MANY else 0
        return error_of_code(
            reply.code, reply.message, offset_ms=self.offset_ms, retry_at_ms=retry_at_ms
        )

    def _body(self, reply: Reply) -> bytes:
        if reply.code != 0:
            raise self.error_of(reply)
        return reply.body

    async def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        timeout_ms: int,
        *,
        signed: bool = True,
    ) -> Reply:
        query = self._signed(params) if signed else urlencode(params)
        target = f"{path}?{query}" if query else path
        return self._understand(await self._http.call(method, target, self._headers, timeout_ms))

    def _signed(self, params: Mapping[str, str]) -> str:
        stamped = {**params, "recvWindow": self._window, "timestamp": str(self.now_ms())}
        query = urlencode(stamped)
        return f"{query}&signature={hmac.digest(self._secret, query.encode(), 'sha256').hex()}"

    def _understand(self, answer: HttpAnswer) -> Reply:
        """Read success or code; raises for what proves neither."""
        self._learn(answer.headers)
        if answer.status == 200:
            return Reply(0, "", answer.body)
        try:
            failure = wire.decode(wire.decode_failure, answer.body, "an error")
        except MalformedMessage:
            failure = None
        self._obey(answer, failure)
        if failure is None or not 400 <= answer.status < 500 or answer.status == 408:
            raise _error_of_status(answer, failure, self._config.rest_url)
        if failure.code == TIMESTAMP_REFUSED:
            self.clock_doubted.set()
        return Reply(failure.code, failure.msg, b"")

    def _learn(self, headers: Mapping[str, str]) -> None:
        """Let reads rest until the next minute when the weight of this one is nearly used."""
        used = header_int(headers, "X-MBX-USED-WEIGHT-1M")
        if used > self._config.weight_per_minute - WEIGHT_KEPT:
            self._reads.pause(60 - self.now_ms() % 60_000 / 1000)
        ordered = header_int(headers, "X-MBX-ORDER-COUNT-10S")
        if ordered >= ORDERS_PER_10S:
            self._orders.pause(1.0)

    def _obey(self, answer: HttpAnswer, failure: wire.Failure | None) -> None:
        """Pause or stop as told; raises `RateLimited` for statuses that are about that alone."""
        asked_s = max(0, header_int(answer.headers, "Retry-After"))
        if answer.status in (403, 418):
            ban_s = max(BAN_MIN_S, asked_s)
            until_ms = self._gate.ban(ban_s)
            raise RateLimited(
                f"binance answered HTTP {answer.status} (too many requests, or a country that it "
                f"does not serve): nothing is sent for {ban_s / 60:.0f} minutes",
                until_ms,
            )
        if answer.status != 429:
            return
        if failure is not None and failure.code == TOO_MANY_ORDERS:
            self._orders.pause(max(1.0, asked_s))
            return
        for lane in (self._reads, self._orders, self._cancels):
            lane.pause(max(1.0, asked_s))
        raise RateLimited("binance answered HTTP 429: too many requests, calls pause")


def _error_of_status(
    answer: HttpAnswer, failure: wire.Failure | None, address: str
) -> AuthRejected | ExchangeUnavailable | RequestRefused:
    if failure is not None:
        said = f"{failure.code}: {failure.msg[:200]}"
        return ExchangeUnavailable(f"binance answered HTTP {answer.status}: {said}")
    if answer.status == 401:
        return AuthRejected("binance answered HTTP 401: the key or the signature was not read")
    if answer.status == 404:
        return RequestRefused("404", f"{address} does not serve Binance futures paths")
    return ExchangeUnavailable(f"binance answered HTTP {answer.status}")
