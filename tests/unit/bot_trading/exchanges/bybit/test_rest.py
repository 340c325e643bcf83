"""Signed REST calls over real sockets: signature, clock, limits, envelope."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time

import pytest

from bot_trading.errors import (
    AuthRejected,
    ExchangeUnavailable,
    MalformedMessage,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.exchanges.bybit.rest import Group, SignedRest
from bot_trading.exchanges.http import RequestNotSent
from bot_trading.exchanges.outgoing import EntryStale
from tests.builders.scripted_exchange import Answer, ScriptedExchange, Seen, answered

CREATE = "/v5/order/create"
TIME = "/v5/market/time"


class Call:
    """A scripted exchange with an open signed client."""

    def __init__(self, exchange: ScriptedExchange, **changes: int) -> None:
        self.exchange = exchange
        credentials = Credentials(api_key="key", api_secret="hush-hush")
        self.rest = SignedRest(exchange.config(**changes), credentials)

    async def __aenter__(self) -> SignedRest:
        await self.rest.open()
        self.exchange.seen.clear()
        return self.rest

    async def __aexit__(self, *_: object) -> None:
        await self.rest.close()


def signature_is_right(seen: Seen, payload: bytes) -> bool:
    """Recompute the signature as the vendor's documentation states it."""
    headers = seen.headers
    text = headers["X-BAPI-TIMESTAMP"] + headers["X-BAPI-API-KEY"] + headers["X-BAPI-RECV-WINDOW"]
    expected = hmac.new(b"hush-hush", text.encode() + payload, hashlib.sha256).hexdigest()
    return headers["X-BAPI-SIGN"] == expected


async def test_signatures_cover_the_bytes_that_travel() -> None:
    """The raw query of a GET and the raw body of a POST."""
    async with ScriptedExchange() as exchange, Call(exchange) as rest:
        await rest.read("/v5/x", {"symbol": "BTCUSDT", "cursor": "a%3A1%2Cb=&c"}, Group.ORDERS)
        await rest.send(CREATE, b'{"orderLinkId":"a"}', Group.CREATE, urgent=True)
        get, post = exchange.seen
    assert get.query == "symbol=BTCUSDT&cursor=a%3A1%2Cb%3D%26c"
    assert signature_is_right(get, get.query.encode())
    assert post.body == b'{"orderLinkId":"a"}'
    assert signature_is_right(post, post.body)


@pytest.mark.parametrize("skew_ms", [-90_000, 0, 90_000])
async def test_requests_carry_the_exchanges_time(skew_ms: int) -> None:
    """A clock that is wrong by more than the window is corrected by what was measured."""
    async with ScriptedExchange() as exchange:
        ahead_ns = time.time_ns() + skew_ms * 1_000_000
        exchange.answers[TIME] = [answered({"timeNano": str(ahead_ns)})]
        async with Call(exchange) as rest:
            await rest.read("/v5/x", {}, Group.ORDERS)
            stamp = int(exchange.seen[0].headers["X-BAPI-TIMESTAMP"])
    assert abs(stamp - (time.time_ns() // 1_000_000 + skew_ms)) < 2000


async def test_the_fastest_answer_decides_the_offset() -> None:
    """Slow answers say little about the clock, so the quickest one is believed."""
    async with ScriptedExchange() as exchange:
        wrong = answered({"timeNano": str(time.time_ns() + 60 * 10**9)}, delay_s=0.3)
        exchange.answers[TIME] = [wrong, wrong, answered({"timeNano": str(time.time_ns())}), wrong]
        async with Call(exchange) as rest:
            assert abs(rest.offset_ms) < 5000


async def test_a_clock_without_an_answer_is_unavailable() -> None:
    """Nobody there at open is one clear error."""
    async with ScriptedExchange() as exchange:
        config = exchange.config()
    rest = SignedRest(config, Credentials(api_key="key", api_secret="hush-hush"))
    with pytest.raises(ExchangeUnavailable, match="no connection to"):
        await rest.open()
    await rest.close()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=500, body=b"<html>"), ExchangeUnavailable),
        (Answer(status=502), ExchangeUnavailable),
        (Answer(status=401), AuthRejected),
        (Answer(status=404), RequestRefused),
        (Answer(status=429), RateLimited),
        (Answer(status=302, headers={"Location": "/y"}), ExchangeUnavailable),
        (Answer(body=b"<html>ok</html>"), MalformedMessage),
        (Answer(body=b""), MalformedMessage),
        (Answer(body=b'{"retMsg":"OK"}'), MalformedMessage),
        (Answer(is_cut=True), ExchangeUnavailable),
        (answered(code=10016, message="Server error"), ExchangeUnavailable),
        (answered(code=10006), RateLimited),
        (answered(code=10004), AuthRejected),
        (answered(code=110001), RequestRefused),
    ],
)
async def test_each_failure_of_a_read_has_its_error(answer: Answer, kind: type[Exception]) -> None:
    """HTTP statuses, broken bodies, lost answers and codes."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/x"] = [answer]
        async with Call(exchange) as rest:
            with pytest.raises(kind) as raised:
                await rest.read("/v5/x", {}, Group.ORDERS)
    assert type(raised.value) is kind
    assert "hush" not in str(raised.value)


async def test_a_ban_stops_everything_for_ten_minutes() -> None:
    """After 403 nothing leaves, reads and orders say so, and the pause is the stated one."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/x"] = [Answer(status=403, body=b"<html>access too frequent</html>")]
        async with Call(exchange) as rest:
            with pytest.raises(RateLimited, match="403") as first:
                await rest.read("/v5/x", {}, Group.ORDERS)
            with pytest.raises(RateLimited, match="not sent"):
                await rest.read("/v5/y", {}, Group.MARKET)
            with pytest.raises(RequestNotSent):
                await rest.send(CREATE, b"{}", Group.CREATE, urgent=True)
    assert len(exchange.seen) == 1
    assert first.value.retry_at_ms is not None
    assert first.value.retry_at_ms - time.time() * 1000 > 595_000


async def test_a_ban_reaches_those_who_wait() -> None:
    """An order that queued for its turn before the ban does not leave after it."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/x"] = [Answer(status=403)]
        async with Call(exchange, orders_per_s=1) as rest:
            await rest.send(CREATE, b'{"orderLinkId":"a"}', Group.CREATE, urgent=True)
            waiting = asyncio.create_task(
                rest.send(CREATE, b'{"orderLinkId":"b"}', Group.CREATE, urgent=True)
            )
            await asyncio.sleep(0)
            with pytest.raises(RateLimited):
                await rest.read("/v5/x", {}, Group.ORDERS)
            with pytest.raises(RequestNotSent, match="banned"):
                await waiting
    assert [seen.path for seen in exchange.seen] == [CREATE, "/v5/x"]


async def test_a_longer_ban_is_obeyed_as_stated() -> None:
    """A Retry-After above ten minutes counts."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/x"] = [Answer(status=403, headers={"Retry-After": "3600"})]
        async with Call(exchange) as rest:
            with pytest.raises(RateLimited, match="60 minutes"):
                await rest.read("/v5/x", {}, Group.ORDERS)


async def test_the_reset_of_a_used_up_limit_is_waited_for() -> None:
    """After 10006 the next call of that group leaves after the named reset, others at once."""
    async with ScriptedExchange() as exchange:
        reset_ms = time.time_ns() // 1_000_000 + 600
        limits = {
            "X-Bapi-Limit": "10",
            "X-Bapi-Limit-Status": "0",
            "X-Bapi-Limit-Reset-Timestamp": str(reset_ms),
        }
        exchange.answers["/v5/x"] = [answered(code=10006, headers=limits), answered()]
        async with Call(exchange) as rest:
            with pytest.raises(RateLimited):
                await rest.read("/v5/x", {}, Group.ORDERS)
            await rest.read("/v5/y", {}, Group.MARKET)
            assert time.time_ns() // 1_000_000 < reset_ms
            await rest.read("/v5/x", {}, Group.ORDERS)
            assert time.time_ns() // 1_000_000 >= reset_ms - 10


async def test_a_limit_that_outlasts_the_deadline_means_not_sent() -> None:
    """An order that would wait longer than its deadline provably never left."""
    async with ScriptedExchange() as exchange:
        async with Call(exchange, orders_per_s=1, submit_timeout_ms=50) as rest:
            await rest.send(CREATE, b'{"orderLinkId":"a"}', Group.CREATE, urgent=True)
            with pytest.raises(RequestNotSent, match="rate limit of create"):
                await rest.send(CREATE, b'{"orderLinkId":"b"}', Group.CREATE, urgent=True)
        assert len(exchange.seen) == 1


async def test_an_entry_that_waited_too_long_is_dropped() -> None:
    """Freshness is asked after the wait, just before sending."""
    async with ScriptedExchange() as exchange, Call(exchange) as rest:
        with pytest.raises(EntryStale):
            await rest.send(CREATE, b"{}", Group.CREATE, urgent=False, is_fresh=lambda: False)
        assert exchange.seen == []


@pytest.mark.parametrize("code", [0, 110025, 110026, 110027, 110043])
async def test_settings_that_are_so_already_are_successes(code: int) -> None:
    """Leverage and modes may be set twice."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/position/set-leverage"] = [answered(code=code)]
        async with Call(exchange) as rest:
            await rest.set("/v5/position/set-leverage", b"{}")


async def test_a_refused_setting_raises() -> None:
    """Any other code is an error with the exchange's words."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/position/set-leverage"] = [answered(code=110013, message="too high")]
        async with Call(exchange) as rest:
            with pytest.raises(RequestRefused, match="110013: too high"):
                await rest.set("/v5/position/set-leverage", b"{}")


async def test_a_refused_time_casts_doubt_on_the_clock() -> None:
    """10002 asks for a new measurement."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/x"] = [answered(code=10002)]
        async with Call(exchange) as rest:
            assert not rest.clock_doubted.is_set()
            with pytest.raises(AuthRejected, match="as last measured"):
                await rest.read("/v5/x", {}, Group.ORDERS)
            assert rest.clock_doubted.is_set()


async def test_headers_raise_the_limit_of_their_group_alone() -> None:
    """Fifty creations leave at once when the exchange says that it allows them."""
    async with ScriptedExchange() as exchange:
        exchange.answers[CREATE] = [answered({"orderId": "1"}, headers={"X-Bapi-Limit": "1000"})]
        async with Call(exchange, submit_timeout_ms=4_000) as rest:
            await rest.send(CREATE, b"{}", Group.CREATE, urgent=False)
            await asyncio.gather(
                *(rest.send(CREATE, b"{}", Group.CREATE, urgent=False) for _ in range(50))
            )
        assert len(exchange.seen) == 51
