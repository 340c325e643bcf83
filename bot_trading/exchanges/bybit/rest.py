"""Signed REST calls to Bybit V5: clock, signature, rate limits, envelope.

A signature is the hex HMAC-SHA256 of time + key + receive window + the payload exactly as sent: the
raw query of a GET, the raw body of a POST.
"""

from __future__ import annotations

import asyncio
import hmac
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from bot_trading.clock import now_ms
from bot_trading.errors import (
    AuthRejected,
    ExchangeUnavailable,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.bybit import wire
from bot_trading.exchanges.bybit.config import EXCHANGE, BybitConfig, Credentials
from bot_trading.exchanges.bybit.errors import (
    ALREADY_SO,
    TIMESTAMP_REFUSED,
    TOO_MANY_VISITS,
    error_of_code,
)
from bot_trading.exchanges.bybit.trade_socket import OPERATIONS, TradeSocket
from bot_trading.exchanges.figures import header_int
from bot_trading.exchanges.http import HttpAnswer, RequestNotSent
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.outgoing import Gate, Lane
from bot_trading.exchanges.server_clock import measure_offset_ms

__all__ = ["Group", "Reply", "SignedRest"]

BAN_MIN_S = 600.0
READS_PER_S = 50
SETTINGS_PER_S = 10
READ_WAIT_S = 5.0


class Group(StrEnum):
    """Groups of endpoints that share a rate limit."""

    CREATE = "create"
    AMEND = "amend"
    CANCEL = "cancel"
    PROTECT = "protect"
    SETTINGS = "settings"
    MARKET = "market"
    ORDERS = "orders"
    HISTORY = "history"
    EXECUTIONS = "executions"
    POSITIONS = "positions"
    ACCOUNT = "account"


class Reply(NamedTuple):
    """A decoded envelope; `time_ms` is the exchange's clock, 0 where it did not say."""

    code: int
    message: str
    result: msgspec.Raw
    time_ms: int


class SignedRest:
    """One account's signed calls; `offset_ms` is the exchange's clock less ours.

    `clock_doubted` is set when the exchange refused a request for its time. `trade` is the socket
    that orders prefer while somebody runs it, None where the account has none.
    """

    def __init__(
        self,
        config: BybitConfig,
        credentials: Credentials,
        random_ratio: Callable[[], float] = random.random,
        network: Network = REAL_NETWORK,
    ) -> None:
        self.offset_ms = 0
        self.clock_doubted = asyncio.Event()
        self._config = config
        self._key = credentials.api_key
        self._secret = credentials.api_secret.encode()
        self._http = network.http(config.rest_url)
        self._window = str(config.recv_window_ms)
        self._key_and_window = (self._key + self._window).encode()
        self._gate = Gate(EXCHANGE)
        order_groups = (Group.CREATE, Group.AMEND, Group.CANCEL, Group.PROTECT)
        self._lanes = {group: Lane(READS_PER_S) for group in Group}
        self._lanes |= {group: Lane(config.orders_per_s) for group in order_groups}
        self._lanes[Group.SETTINGS] = Lane(SETTINGS_PER_S)
        self.trade: TradeSocket | None = None
        if config.ws_trade_url:
            self.trade = TradeSocket(
                config.ws_trade_url,
                self._key,
                self.sign,
                self.now_ms,
                recv_window_ms=config.recv_window_ms,
                ping_interval_ms=config.ping_interval_ms,
                silence_max_ms=config.submit_timeout_ms,
                random_ratio=random_ratio,
                connect=network.connect,
            )

    async def open(self) -> None:
        """Prepare connections and measure the clock's offset."""
        await self._http.open()
        await self.measure_clock()

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    def sign(self, payload: bytes) -> str:
        """Lower-case hex HMAC-SHA256 by the account's secret."""
        return hmac.digest(self._secret, payload, "sha256").hex()

    @property
    def key(self) -> str:
        """The public half of the key."""
        return self._key

    def now_ms(self) -> int:
        """The exchange's wall clock, as far as measured."""
        return now_ms() + self.offset_ms

    async def measure_clock(self) -> None:
        """Ask for the time a few times; see `measure_offset_ms`."""
        self.offset_ms = await measure_offset_ms(self._read_time_ms)

    async def _read_time_ms(self) -> int:
        path = "/v5/market/time"
        reply = await self.read(path, {}, Group.MARKET, signed=False)
        return wire.decode(wire.decode_server_time, reply.result, path).time_nano // 1_000_000

    async def read(
        self, path: str, params: Mapping[str, str], group: Group, *, signed: bool = True
    ) -> Reply:
        """GET; raises an `ExchangeError` for everything but success."""
        await self._enter(group, urgent=True, timeout_s=READ_WAIT_S)
        # A cursor comes percent-encoded already and must travel as it came.
        query = "&".join(f"{name}={quote(value, safe='%')}" for name, value in params.items())
        headers = self._headers(query.encode()) if signed else {}
        answer = await self._http.get(
            f"{path}?{query}" if query else path, headers, self._config.read_timeout_ms
        )
        reply = self._understand(answer, group)
        self._raise_for(reply)
        return reply

    async def set(self, path: str, body: bytes) -> None:
        """POST a setting; raises an `ExchangeError` unless it is so now."""
        await self._enter(Group.SETTINGS, urgent=False, timeout_s=READ_WAIT_S)
        reply = await self._post(path, body, Group.SETTINGS, self._config.read_timeout_ms)
        if reply.code not in ALREADY_SO:
            self._raise_for(reply)

    async def send(
        self,
        path: str,
        body: bytes,
        group: Group,
        *,
        urgent: bool,
        is_fresh: Callable[[], bool] | None = None,
    ) -> Reply:
        """Send something that trades, once, within the submit deadline; the code is the caller's.

        It leaves over the trade socket while that is up, else as a POST.

        Raises `RequestNotSent` (or `EntryStale`) when nothing left, and any other `ExchangeError`
        when the outcome is not known.
        """
        timeout_ms = self._config.submit_timeout_ms
        timeout_ms = await self._gate.take_turn(
            self._lanes[group],
            f"{group.value} calls",
            urgent=urgent,
            timeout_ms=timeout_ms,
            is_fresh=is_fresh,
        )
        if self.trade is not None and self.trade.is_up and path in OPERATIONS:
            # What the socket could not send, for it broke just now, still may leave by REST.
            with suppress(RequestNotSent):
                answer = await self.trade.ask(path, body, timeout_ms)
                self._learn(answer.header, answer.ret_code, group)
                return Reply(answer.ret_code, answer.ret_msg, answer.data, 0)
        return await self._post(path, body, group, timeout_ms)

    async def _post(self, path: str, body: bytes, group: Group, timeout_ms: int) -> Reply:
        headers = self._headers(body)
        headers["Content-Type"] = "application/json"
        return self._understand(await self._http.post(path, body, headers, timeout_ms), group)

    def _headers(self, payload: bytes) -> dict[str, str]:
        time_text = str(self.now_ms())
        return {
            "X-BAPI-API-KEY": self._key,
            "X-BAPI-TIMESTAMP": time_text,
            "X-BAPI-RECV-WINDOW": self._window,
            "X-BAPI-SIGN": self.sign(time_text.encode() + self._key_and_window + payload),
        }

    async def _enter(self, group: Group, *, urgent: bool, timeout_s: float) -> None:
        lane, what = self._lanes[group], f"{group.value} calls"
        await self._gate.enter(lane, what, urgent=urgent, timeout_s=timeout_s)

    def _understand(self, answer: HttpAnswer, group: Group) -> Reply:
        """Decode the envelope and learn from the headers; any status but 200 raises."""
        if answer.status != 200:
            raise self._error_of_status(answer)
        envelope = wire.decode(wire.decode_envelope, answer.body, f"an answer to {group.value}")
        self._learn(answer.headers, envelope.ret_code, group)
        return Reply(envelope.ret_code, envelope.ret_msg, envelope.result, envelope.time)

    def _learn(
        self, headers: Mapping[str, str] | Mapping[str, str | int], code: int, group: Group
    ) -> None:
        limit = header_int(headers, "X-Bapi-Limit")
        reset_ms = header_int(headers, "X-Bapi-Limit-Reset-Timestamp")
        remaining = header_int(headers, "X-Bapi-Limit-Status")
        if code == TIMESTAMP_REFUSED:
            self.clock_doubted.set()
        if code in TOO_MANY_VISITS:
            remaining = 0
            reset_ms = max(reset_ms, self.now_ms() + 100)
        if limit > 0 or remaining == 0:
            self._lanes[group].learn(
                limit=limit, remaining=remaining, reset_in_s=(reset_ms - self.now_ms()) / 1000
            )

    def _error_of_status(
        self, answer: HttpAnswer
    ) -> RateLimited | AuthRejected | ExchangeUnavailable | RequestRefused:
        asked_s = max(0, header_int(answer.headers, "Retry-After"))
        if answer.status == 403:
            until_ms = self._gate.ban(max(BAN_MIN_S, asked_s))
            return RateLimited(
                "bybit answered HTTP 403 (too frequent access, or a country that it does not "
                f"serve): nothing is sent for {max(BAN_MIN_S, asked_s) / 60:.0f} minutes",
                until_ms,
            )
        if answer.status == 429:
            for lane in self._lanes.values():
                lane.pause(max(1.0, asked_s))
            return RateLimited("bybit answered HTTP 429: it protects itself, calls pause")
        if answer.status == 401:
            return AuthRejected("bybit answered HTTP 401: the key or the signature was not read")
        if answer.status == 404:
            return RequestRefused("404", f"{self._config.rest_url} does not serve Bybit V5 paths")
        return ExchangeUnavailable(f"bybit answered HTTP {answer.status}")

    def _raise_for(self, reply: Reply) -> None:
        if reply.code != 0:
            raise error_of_code(
                reply.code,
                reply.message,
                offset_ms=self.offset_ms,
                retry_at_ms=now_ms() + 1000 if reply.code in TOO_MANY_VISITS else 0,
            )
