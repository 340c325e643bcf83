"""Signed REST calls over real sockets: signature, clock, limits, errors."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot_trading.errors import (
    AuthRejected,
    ExchangeError,
    ExchangeUnavailable,
    MalformedMessage,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.binance.client import BinanceClient
from bot_trading.exchanges.binance.config import BinanceConfig, Credentials
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.http import RequestNotSent
from bot_trading.exchanges.outgoing import EntryStale
from tests.builders.scripted_exchange import Answer, ScriptedExchange

TIME, ORDER, X = "/fapi/v1/time", "/fapi/v1/order", "/fapi/v1/x"


def config_of(exchange: ScriptedExchange, **changes: Any) -> BinanceConfig:
    """A configuration that points to a scripted server."""
    base = f"http://127.0.0.1:{exchange.port}"
    parts: dict[str, Any] = {
        "rest_url": base,
        "key_url": base,
        "ws_public_url": "",
        "ws_market_url": "",
        "ws_private_url": "",
    }
    return BinanceConfig(**(parts | changes))


def told(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer of JSON."""
    return Answer(body=json.dumps(value).encode(), status=status, headers=headers or {})


def failed(code: int, status: int = 400, headers: dict[str, str] | None = None) -> Answer:
    """An error of the exchange."""
    return told({"code": code, "msg": "no"}, status, headers)


@asynccontextmanager
async def called(skew_ms: int = 0, **changes: Any) -> AsyncIterator[tuple[Any, SignedRest]]:
    """A scripted server and an open signed client of it."""
    async with ScriptedExchange() as exchange:
        exchange.answers[TIME] = [told({"serverTime": time.time_ns() // 1_000_000 + skew_ms})]
        keys = Credentials(api_key="key", api_secret="hush-hush")
        rest = SignedRest(config_of(exchange, **changes), keys)
        await rest.open()
        exchange.seen.clear()
        try:
            yield exchange, rest
        finally:
            await rest.close()


async def test_signatures_cover_the_query_that_travels() -> None:
    """GET, POST, PUT and DELETE alike; the key travels in its header, the secret nowhere."""
    async with called() as (exchange, rest):
        exchange.answers[X] = [told([])]
        exchange.answers[ORDER] = [told({})]
        await rest.read(X, {"symbol": "BTCUSDT", "odd": "a b&c"})
        for method in ("POST", "PUT", "DELETE"):
            await rest.send(method, ORDER, {"symbol": "BTCUSDT"}, urgent=True)
    assert [seen.method for seen in exchange.seen] == ["GET", "POST", "PUT", "DELETE"]
    for seen in exchange.seen:
        signed, _, signature = seen.query.rpartition("&signature=")
        expected = hmac.new(b"hush-hush", signed.encode(), hashlib.sha256).hexdigest()
        assert signature == expected
        assert seen.headers["X-MBX-APIKEY"] == "key"
        assert "recvWindow=5000" in signed
        assert "hush" not in seen.query


@pytest.mark.parametrize("skew_ms", [-90_000, 0, 90_000])
async def test_requests_carry_the_exchanges_time(skew_ms: int) -> None:
    """A clock that is wrong by more than the window is corrected by what was measured."""
    async with called(skew_ms) as (exchange, rest):
        exchange.answers[X] = [told([])]
        await rest.read(X, {})
        stamp = int(parse_qs(exchange.seen[0].query)["timestamp"][0])
        assert abs(rest.offset_ms - skew_ms) < 5_000
    assert abs(stamp - (time.time_ns() // 1_000_000 + skew_ms)) < 5_000


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=500, body=b"<html>"), ExchangeUnavailable),
        (Answer(status=502), ExchangeUnavailable),
        (Answer(status=401), AuthRejected),
        (Answer(status=404), RequestRefused),
        (Answer(status=302, headers={"Location": "/y"}), ExchangeUnavailable),
        (Answer(is_cut=True), ExchangeUnavailable),
        (failed(-1003, 429), RateLimited),
        (failed(-1003, 418), RateLimited),
        (Answer(status=403, body=b"<html>"), RateLimited),
        (failed(-1015, 429), RateLimited),
        (failed(-1007, 408), ExchangeUnavailable),
        (failed(-1000, 503), ExchangeUnavailable),
        (failed(-1001), ExchangeUnavailable),
        (failed(-1021), AuthRejected),
        (failed(-1022), AuthRejected),
        (failed(-2015, 401), AuthRejected),
        (failed(-2013), RequestRefused),
        (Answer(status=400, body=b'{"code":"-2013"}'), ExchangeUnavailable),
    ],
)
async def test_each_failure_of_a_read_has_its_error(answer: Answer, kind: type[Exception]) -> None:
    """HTTP statuses, broken bodies, lost answers and codes; none shows the secret."""
    async with called() as (exchange, rest):
        exchange.answers[X] = [answer]
        with pytest.raises(kind) as raised:
            await rest.read(X, {})
    assert isinstance(raised.value, ExchangeError)
    assert "hush" not in str(raised.value)
    assert "signature=" not in str(raised.value)


async def test_a_refused_time_asks_for_the_clock_again() -> None:
    """The sentence names the measured offset and what to do."""
    async with called(skew_ms=7_000) as (exchange, rest):
        exchange.answers[X] = [failed(-1021)]
        with pytest.raises(AuthRejected, match="synchronise"):
            await rest.read(X, {})
        assert rest.clock_doubted.is_set()


async def test_a_ban_stops_everything_and_is_no_unknown_outcome() -> None:
    """After 418 nothing leaves any more, so that later orders were provably not sent."""
    async with called() as (exchange, rest):
        exchange.answers[ORDER] = [failed(-1003, 418, {"Retry-After": "300"})]
        with pytest.raises(RateLimited) as raised:
            await rest.send("POST", ORDER, {}, urgent=True)
        assert not isinstance(raised.value, RequestNotSent)
        assert raised.value.retry_at_ms is not None
        assert raised.value.retry_at_ms > time.time_ns() // 1_000_000 + 250_000
        for asking in (rest.read(X, {}), rest.send("DELETE", ORDER, {}, urgent=True)):
            with pytest.raises(RequestNotSent, match="banned"):
                await asking
    assert len(exchange.seen) == 1


async def test_used_weight_lets_reads_wait_but_not_protection() -> None:
    """Near the minute's limit a usual read gives up its turn, urgent ones and cancels go on."""
    async with called(weight_per_minute=1_000) as (exchange, rest):
        exchange.answers[X] = [told([], headers={"X-MBX-USED-WEIGHT-1M": "700"})]
        exchange.answers[ORDER] = [told({})]
        await rest.read(X, {})
        waiting = asyncio.create_task(rest.read(X, {}))
        await rest.read(X, {}, urgent=True)
        await rest.send("DELETE", ORDER, {}, urgent=True)
        assert not waiting.done()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_a_stale_entry_does_not_leave() -> None:
    """Freshness is asked for right before the send."""
    async with called() as (exchange, rest):
        with pytest.raises(EntryStale):
            await rest.send("POST", ORDER, {}, urgent=False, is_fresh=lambda: False)
        assert exchange.seen == []


async def test_too_many_orders_is_a_refusal() -> None:
    """-1015 comes with HTTP 429 and proves that nothing was placed."""
    async with called() as (exchange, rest):
        exchange.answers[ORDER] = [failed(-1015, 429)]
        reply = await rest.send("POST", ORDER, {}, urgent=True)
    assert reply.code == -1015


async def test_a_late_answer_is_unavailable() -> None:
    """The submit deadline covers the whole call."""
    async with called(submit_timeout_ms=50) as (exchange, rest):
        exchange.answers[ORDER] = [Answer(delay_s=5)]
        with pytest.raises(ExchangeUnavailable) as raised:
            await rest.send("POST", ORDER, {}, urgent=True)
    assert not isinstance(raised.value, RequestNotSent)


async def test_rights_of_a_key_are_asked_where_they_are_told() -> None:
    """Another address; without one nobody knows, and what is malformed is no permission."""
    rights = "/sapi/v1/account/apiRestrictions"
    async with called() as (exchange, rest):
        exchange.answers[rights] = [
            told({"enableWithdrawals": True}),
            told({"enableWithdrawals": "no"}),
        ]
        known = await rest.read_key_rights()
        assert known is not None
        assert known.enable_withdrawals
        with pytest.raises(MalformedMessage):
            await rest.read_key_rights()
    async with called(key_url="") as (_, rest):
        assert await rest.read_key_rights() is None


@pytest.mark.parametrize("key", ["", "a b", "x" * 300, 7, None])
async def test_a_listen_key_is_a_plain_word(key: object) -> None:
    """It becomes a part of an address, so that nothing else is taken for one."""
    async with called() as (exchange, rest):
        exchange.answers["/fapi/v1/listenKey"] = [told({"listenKey": "abc123"})]
        assert await rest.listen_key() == "abc123"
        exchange.answers["/fapi/v1/listenKey"] = [told({"listenKey": key})]
        with pytest.raises(MalformedMessage):
            await rest.listen_key()


@pytest.mark.parametrize("burns", [False, True])
async def test_open_refuses_fees_in_another_coin(burns: bool) -> None:
    """A fee in BNB would be booked as if it were USDT: one sentence says what to do."""
    async with ScriptedExchange() as exchange:
        exchange.answers[TIME] = [told({"serverTime": time.time_ns() // 1_000_000})]
        rights = {"enableWithdrawals": False, "enableFutures": True}
        exchange.answers["/sapi/v1/account/apiRestrictions"] = [told(rights)]
        exchange.answers["/fapi/v3/balance"] = [told([])]
        exchange.answers["/fapi/v1/positionSide/dual"] = [told({"dualSidePosition": True})]
        exchange.answers["/fapi/v1/feeBurn"] = [told({"feeBurn": burns})]
        keys = Credentials(api_key="key", api_secret="hush-hush")
        client = BinanceClient(config_of(exchange), keys)
        if burns:
            with pytest.raises(ExchangeError, match=r"fees in BNB.*turn off"):
                await client.open()
        else:
            await client.open()
            await client.close()
