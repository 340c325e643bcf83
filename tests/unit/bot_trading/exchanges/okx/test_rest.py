"""Signed calls to OKX over real sockets."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from bot_trading.clock import now_ms
from bot_trading.errors import (
    AuthRejected,
    ExchangeUnavailable,
    MalformedMessage,
    RateLimited,
    RequestRefused,
)
from bot_trading.exchanges.http import RequestNotSent
from bot_trading.exchanges.okx.config import Credentials
from bot_trading.exchanges.okx.rest import Group, SignedRest
from bot_trading.exchanges.outgoing import EntryStale
from tests.builders.scripted_okx import Answer, ScriptedOkx, answered, ordered

PLACE = "/api/v5/trade/order"
CONFIG = "/api/v5/account/config"


def rest_of(exchange: ScriptedOkx, **changes: Any) -> SignedRest:
    """Signed calls to a scripted exchange."""
    keys = Credentials(api_key="key", api_secret="hush-hush", passphrase="open")
    return SignedRest(exchange.config(**changes), keys)


async def test_requests_are_signed_as_the_vendor_says() -> None:
    """Base64 of the HMAC over time, method, path with query, and body, as they travelled."""
    async with ScriptedOkx() as exchange:
        rest = rest_of(exchange)
        await rest.open()
        await rest.read(CONFIG, {"instId": "A B", "limit": "5"}, Group.ACCOUNT)
        await rest.send(PLACE, b'{"sz":"1"}', Group.CREATE, urgent=True)
        await rest.close()
    for seen in exchange.seen[-2:]:
        target = f"{seen.path}?{seen.query}" if seen.query else seen.path
        stamp = seen.headers["OK-ACCESS-TIMESTAMP"]
        payload = f"{stamp}{seen.method}{target}".encode() + seen.body
        digest = hmac.new(b"hush-hush", payload, hashlib.sha256).digest()
        assert seen.headers["OK-ACCESS-SIGN"] == base64.b64encode(digest).decode()
        assert seen.headers["OK-ACCESS-KEY"] == "key"
        assert seen.headers["OK-ACCESS-PASSPHRASE"] == "open"
        assert len(stamp) == len("2020-12-08T09:08:57.715Z")
        assert stamp.endswith("Z")
        assert "x-simulated-trading" not in seen.headers


async def test_demo_trading_is_said_in_every_request() -> None:
    """Its header tells OKX which world is meant, also where nothing is signed."""
    async with ScriptedOkx() as exchange:
        rest = rest_of(exchange, is_demo=True)
        await rest.open()
        await rest.read(CONFIG, {}, Group.ACCOUNT)
        await rest.close()
    assert {seen.headers["x-simulated-trading"] for seen in exchange.seen} == {"1"}


async def test_the_clock_is_measured() -> None:
    """The exchange's time less ours, by the fastest of some calls."""
    async with ScriptedOkx() as exchange:
        exchange.answers["/api/v5/public/time"] = [answered({"ts": str(now_ms() + 5_000)})]
        rest = rest_of(exchange)
        await rest.open()
        assert 4_000 < rest.offset_ms <= 5_000
        assert rest.now_ms() - now_ms() in range(rest.offset_ms - 5, rest.offset_ms + 6)
        await rest.close()


@pytest.mark.parametrize("answer", [answered(), answered({"ts": "soon"}), answered({}, {})])
async def test_a_clock_that_cannot_be_read_is_malformed(answer: Answer) -> None:
    """Without the exchange's time nothing can be signed."""
    async with ScriptedOkx() as exchange:
        exchange.answers["/api/v5/public/time"] = [answer]
        rest = rest_of(exchange)
        with pytest.raises(MalformedMessage):
            await rest.open()
        await rest.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (answered(code="50113", status=401), AuthRejected),
        (Answer(status=401), AuthRejected),
        (answered(code="50011", status=429), RateLimited),
        (Answer(status=429), RateLimited),
        (Answer(status=403), RateLimited),
        (answered(code="50001", status=503), ExchangeUnavailable),
        (answered(code="50001"), ExchangeUnavailable),
        (Answer(status=502, body=b"<html>"), ExchangeUnavailable),
        (Answer(status=404, body=b"{}"), RequestRefused),
        (answered(code="50014", status=400), RequestRefused),
        (answered(code="51001"), RequestRefused),
        (Answer(body=b"<html>"), MalformedMessage),
        (Answer(body=b'{"code":"0","data":{}}'), MalformedMessage),
        (Answer(is_cut=True), ExchangeUnavailable),
    ],
)
async def test_each_failure_of_a_read_has_its_kind(answer: Answer, error: type[Exception]) -> None:
    """What can be tried again, what a person must mend, what is not understood."""
    async with ScriptedOkx() as exchange:
        exchange.answers[CONFIG] = [answer]
        rest = rest_of(exchange)
        await rest.open()
        with pytest.raises(error):
            await rest.read(CONFIG, {}, Group.ACCOUNT)
        await rest.close()


async def test_a_refused_time_is_doubted() -> None:
    """50102 asks for a new measurement."""
    async with ScriptedOkx() as exchange:
        exchange.answers[CONFIG] = [answered(code="50102", status=401)]
        rest = rest_of(exchange)
        await rest.open()
        with pytest.raises(AuthRejected, match="synchronise"):
            await rest.read(CONFIG, {}, Group.ACCOUNT)
        assert rest.clock_doubted.is_set()
        await rest.close()


async def test_nothing_is_sent_while_banned() -> None:
    """After HTTP 403 every call ends here, provably unsent."""
    async with ScriptedOkx() as exchange:
        exchange.answers[CONFIG] = [Answer(status=403)]
        rest = rest_of(exchange)
        await rest.open()
        with pytest.raises(RateLimited):
            await rest.read(CONFIG, {}, Group.ACCOUNT)
        calls = len(exchange.seen)
        with pytest.raises(RequestNotSent, match="banned"):
            await rest.send(PLACE, b"{}", Group.CREATE, urgent=True)
        assert len(exchange.seen) == calls
        await rest.close()


async def test_an_entry_that_grew_old_is_not_sent() -> None:
    """Freshness is looked at when its turn has come."""
    async with ScriptedOkx() as exchange:
        rest = rest_of(exchange)
        await rest.open()
        with pytest.raises(EntryStale):
            await rest.send(PLACE, b"{}", Group.CREATE, urgent=False, is_fresh=lambda: False)
        assert PLACE not in {seen.path for seen in exchange.seen}
        await rest.close()


async def test_the_limit_of_orders_holds_entries_back() -> None:
    """A full window refuses what would wait beyond the deadline; nothing of it left."""
    async with ScriptedOkx() as exchange:
        rest = rest_of(exchange, orders_per_2s=5, submit_timeout_ms=200)
        await rest.open()
        for _ in range(4):  # A fifth of the window is kept for exits.
            await rest.send(PLACE, b"{}", Group.CREATE, urgent=False)
        with pytest.raises(RequestNotSent, match="rate limit"):
            await rest.send(PLACE, b"{}", Group.CREATE, urgent=False)
        await rest.send(PLACE, b"{}", Group.CREATE, urgent=True)
        assert len(exchange.bodies(PLACE)) == 5
        await rest.close()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (ordered(), ("0", "")),
        (ordered("51008", "no money"), ("51008", "no money")),
        (answered(code="50014", message="what", status=400), ("50014", "what")),
        (answered(code="50011", message="haste", status=429), ("50011", "haste")),
        (answered({"sCode": "0"}, {"sCode": "0"}), ("", "")),
        (answered(), ("", "")),
    ],
)
async def test_an_orders_own_code_decides(answer: Answer, verdict: tuple[str, str]) -> None:
    """The outer code only where there is no row; success without one row proves nothing."""
    async with ScriptedOkx() as exchange:
        exchange.answers[PLACE] = [answer]
        rest = rest_of(exchange)
        await rest.open()
        reply = await rest.send(PLACE, b"{}", Group.CREATE, urgent=True)
        assert reply.verdict == verdict
        await rest.close()


async def test_orders_and_amendments_expire_with_our_patience() -> None:
    """OKX does not process them when their answer is no longer waited for; a cancel never ends."""
    async with ScriptedOkx() as exchange, exchange.opened(submit_timeout_ms=2_000) as client:
        rest = client._rest
        before_ms = rest.now_ms()
        for group in (Group.CREATE, Group.AMEND, Group.CANCEL):
            await rest.send(PLACE, b"{}", group, urgent=True)
        after_ms = rest.now_ms()
        placed, amended, canceled = (seen.headers for seen in exchange.seen)
    for headers in (placed, amended):
        assert before_ms <= int(headers["expTime"]) - 2_000 <= after_ms
    assert "expTime" not in canceled


@pytest.mark.parametrize(("code", "pauses"), [("50011", True), ("50061", True), ("51008", False)])
async def test_haste_that_only_an_order_tells_of_pauses_its_lane(code: str, pauses: bool) -> None:
    """A limit of one instrument is told with its order, under an envelope that says nothing."""
    async with ScriptedOkx() as exchange:
        exchange.answers[PLACE] = [answered({"sCode": code, "sMsg": "no"}, code="1")]
        rest = rest_of(exchange)
        await rest.open()
        await rest.send(PLACE, b"{}", Group.CREATE, urgent=True)
        assert rest._lanes[Group.CREATE].try_enter(urgent=True) is not pauses
        assert rest._lanes[Group.CANCEL].try_enter(urgent=True)
        await rest.close()
