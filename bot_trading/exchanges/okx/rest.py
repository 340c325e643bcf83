"""Signed REST calls to OKX V5: clock, signature, rate limits, envelope.

A signature is the base64 HMAC-SHA256 of time + method + path with query + body, exactly as sent;
the time is ISO 8601 in UTC with milliseconds. OKX tells its limits in no header, so each group of
endpoints keeps the documented one, and pauses when it is refused for its haste.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from bot_trading.clock import now_ms
from bot_trading.errors import (
    AuthRejected,
    ExchangeError,
    ExchangeUnavailable,
    MalformedMessage,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.http import HttpAnswer
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.okx import wire
from bot_trading.exchanges.okx.config import EXCHANGE, Credentials, OkxConfig
from bot_trading.exchanges.okx.errors import (
    SUCCESS,
    TIMESTAMP_REFUSED,
    TOO_MANY_VISITS,
    error_of_code,
)
from bot_trading.exchanges.outgoing import Gate, Lane
from bot_trading.exchanges.server_clock import measure_offset_ms

__all__ = ["Group", "Reply", "SignedRest"]

BAN_MIN_S = 600.0
WINDOW_S = 2.0
PAUSE_S = 1.0
READ_WAIT_S = 10.0


class Group(StrEnum):
    """Groups of endpoints that share a rate limit."""

    CREATE = "create"
    AMEND = "amend"
    CANCEL = "cancel"
    CANCEL_BATCH = "cancel batch"
    PROTECT = "protect"
    AMEND_STOPS = "amend stops"
    UNPROTECT = "unprotect"
    STOPS = "stops"
    SETTINGS = "settings"
    MARKET = "market"
    ORDERS = "orders"
    HISTORY = "history"
    FILLS = "fills"
    OLD_FILLS = "old fills"
    POSITIONS = "positions"
    BALANCE = "balance"
    BILLS = "bills"
    OLD_BILLS = "old bills"
    ACCOUNT = "account"
    TIME = "time"


# These take a header `expTime`, after which by its own clock OKX does not process them: no order
# appears when nobody waits for its answer any more.
EXPIRING = frozenset({Group.CREATE, Group.AMEND})
# Requests per two seconds, as the vendor states them for each endpoint.
LIMITS = {
    Group.CANCEL_BATCH: 15,  # 300 orders, 20 in each request.
    Group.PROTECT: 20,
    Group.AMEND_STOPS: 20,
    Group.UNPROTECT: 20,
    Group.STOPS: 20,
    Group.SETTINGS: 20,
    Group.MARKET: 20,
    Group.ORDERS: 60,
    Group.HISTORY: 40,
    Group.FILLS: 60,
    Group.OLD_FILLS: 10,
    Group.POSITIONS: 10,
    Group.BALANCE: 10,
    Group.BILLS: 10,
    Group.OLD_BILLS: 5,
    Group.ACCOUNT: 5,
    Group.TIME: 10,
}


class Reply(NamedTuple):
    """A decoded envelope; `rows` is its data."""

    code: str
    message: str
    rows: tuple[msgspec.Raw, ...]

    @property
    def verdict(self) -> tuple[str, str]:
        """Code and words on a request for one order: its row's, where it has one."""
        if len(self.rows) != 1:
            return (self.code if self.code != SUCCESS else "", self.message)
        row = self.acknowledgement
        return (row.s_code, row.s_msg or self.message)

    @property
    def was_hasty(self) -> bool:
        """True when a row was refused for the rate of requests: a limit of each instrument, which
        the envelope does not tell of. Raises `MalformedMessage` for rows of another shape."""
        if self.code == SUCCESS:
            return False
        rows = (wire.decode(wire.decode_acknowledgement, row, "an answer") for row in self.rows)
        return any(row.s_code in TOO_MANY_VISITS for row in rows)

    @property
    def acknowledgement(self) -> wire.Acknowledgement:
        """The one row of a trading request; raises `MalformedMessage` where there is no such."""
        if len(self.rows) != 1:
            raise MalformedMessage(f"an answer has {len(self.rows)} rows, expected one")
        return wire.decode(wire.decode_acknowledgement, self.rows[0], "an order's answer")


class SignedRest:
    """One account's signed calls; `offset_ms` is the exchange's clock less ours.

    `clock_doubted` is set when the exchange refused a request for its time.
    """

    def __init__(
        self, config: OkxConfig, credentials: Credentials, network: Network = REAL_NETWORK
    ) -> None:
        self.offset_ms = 0
        self.clock_doubted = asyncio.Event()
        self._config = config
        self._credentials = credentials
        self._secret = credentials.api_secret.encode()
        self._http = network.http(config.rest_url)
        self._gate = Gate(EXCHANGE)
        order_limits = dict.fromkeys(
            (Group.CREATE, Group.AMEND, Group.CANCEL), config.orders_per_2s
        )
        self._lanes = {
            group: Lane(limit, WINDOW_S) for group, limit in (LIMITS | order_limits).items()
        }

    async def open(self) -> None:
        """Prepare connections and measure the clock's offset."""
        await self._http.open()
        await self.measure_clock()

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    def sign(self, payload: bytes) -> str:
        """Base64 HMAC-SHA256 by the account's secret."""
        return base64.b64encode(hmac.digest(self._secret, payload, "sha256")).decode()

    @property
    def credentials(self) -> Credentials:
        """The account's key, for the login of sockets."""
        return self._credentials

    def now_ms(self) -> int:
        """The exchange's wall clock, as far as measured."""
        return now_ms() + self.offset_ms

    async def measure_clock(self) -> None:
        """Ask for the time a few times; see `measure_offset_ms`."""
        self.offset_ms = await measure_offset_ms(self._read_time_ms)

    async def _read_time_ms(self) -> int:
        path = "/api/v5/public/time"
        reply = await self.read(path, {}, Group.TIME, signed=False)
        if len(reply.rows) != 1:
            raise MalformedMessage(f"{path} has {len(reply.rows)} rows, expected one")
        return wire.decode(wire.decode_server_time, reply.rows[0], path).ts

    async def read(
        self, path: str, params: Mapping[str, str], group: Group, *, signed: bool = True
    ) -> Reply:
        """GET; raises an `ExchangeError` for everything but success."""
        await self._enter(group, urgent=True, timeout_s=READ_WAIT_S)
        target = f"{path}?{urlencode(params)}" if params else path
        headers = self._headers("GET", target, b"") if signed else self._demo_header()
        answer = await self._http.get(target, headers, self._config.read_timeout_ms)
        reply = self._understand(answer, group)
        if reply.code != SUCCESS:
            raise self._error(reply.code, reply.message)
        return reply

    async def set(self, path: str, body: bytes) -> None:
        """POST a setting; raises an `ExchangeError` unless it is so now."""
        await self._enter(Group.SETTINGS, urgent=False, timeout_s=READ_WAIT_S)
        reply = await self._post(path, body, Group.SETTINGS, self._config.read_timeout_ms, {})
        if reply.code != SUCCESS:
            raise self._error(reply.code, reply.message)

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
        until = {"expTime": str(self.now_ms() + timeout_ms)} if group in EXPIRING else {}
        reply = await self._post(path, body, group, timeout_ms, until)
        if reply.was_hasty:
            self._lanes[group].pause(PAUSE_S)
        return reply

    async def _post(
        self, path: str, body: bytes, group: Group, timeout_ms: int, more: dict[str, str]
    ) -> Reply:
        headers = self._headers("POST", path, body) | more
        headers["Content-Type"] = "application/json"
        return self._understand(await self._http.post(path, body, headers, timeout_ms), group)

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        stamp = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        time_text = stamp.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        return self._demo_header() | {
            "OK-ACCESS-KEY": self._credentials.api_key,
            "OK-ACCESS-SIGN": self.sign(f"{time_text}{method}{target}".encode() + body),
            "OK-ACCESS-TIMESTAMP": time_text,
            "OK-ACCESS-PASSPHRASE": self._credentials.passphrase,
        }

    def _demo_header(self) -> dict[str, str]:
        return {"x-simulated-trading": "1"} if self._config.is_demo else {}

    async def _enter(self, group: Group, *, urgent: bool, timeout_s: float) -> None:
        lane, what = self._lanes[group], f"{group.value} calls"
        await self._gate.enter(lane, what, urgent=urgent, timeout_s=timeout_s)

    def _understand(self, answer: HttpAnswer, group: Group) -> Reply:
        """Decode the envelope and learn from its code.

        OKX puts its codes under other statuses too. An error that is told twice, by status and
        code, is a `Reply` that the caller judges; any other status raises, and so does every 5xx.
        """
        try:
            envelope = wire.decode(wire.decode_envelope, answer.body, f"an answer to {group.value}")
            rows = tuple(wire.decode(wire.decode_rows, envelope.data, f"data of {group.value}"))
        except MalformedMessage:
            if answer.status == 200:
                raise
            raise self._error_of_status(answer) from None
        if envelope.code == TIMESTAMP_REFUSED:
            self.clock_doubted.set()
        if envelope.code in TOO_MANY_VISITS or answer.status == 429:
            self._lanes[group].pause(PAUSE_S)
        if answer.status == 200 or (answer.status in (400, 401) and envelope.code != SUCCESS):
            return Reply(envelope.code, envelope.msg, rows)
        if answer.status == 429 and envelope.code in TOO_MANY_VISITS:
            return Reply(envelope.code, envelope.msg, rows)
        raise self._error_of_status(answer)

    def _error_of_status(self, answer: HttpAnswer) -> ExchangeError:
        if answer.status == 403:
            until_ms = self._gate.ban(BAN_MIN_S)
            return RateLimited(
                "okx answered HTTP 403 (too frequent access, or a country that it does not serve): "
                f"nothing is sent for {BAN_MIN_S / 60:.0f} minutes",
                until_ms,
            )
        if answer.status == 429:
            for lane in self._lanes.values():
                lane.pause(PAUSE_S)
            return RateLimited("okx answered HTTP 429: it protects itself, calls pause")
        if answer.status == 401:
            return AuthRejected("okx answered HTTP 401: the key or the signature was not read")
        if answer.status == 404:
            return RequestRefused("404", f"{self._config.rest_url} does not serve OKX V5 paths")
        return ExchangeUnavailable(f"okx answered HTTP {answer.status}")

    def _error(self, code: str, message: str) -> ExchangeError:
        hasty = code in TOO_MANY_VISITS
        retry_at_ms = now_ms() + 1000 if hasty else 0
        return error_of_code(code, message, offset_ms=self.offset_ms, retry_at_ms=retry_at_ms)
