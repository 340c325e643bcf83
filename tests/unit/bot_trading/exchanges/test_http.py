"""What the HTTP transport proves when a call fails, over real sockets."""

from __future__ import annotations

import asyncio

import pytest

from bot_trading.errors import ExchangeUnavailable
from bot_trading.exchanges.http import HttpTransport, RequestNotSent
from tests.builders.scripted_exchange import Answer, ScriptedExchange
from tests.builders.tcp_proxy import TcpProxy


async def test_nobody_listening_proves_that_nothing_was_sent() -> None:
    """A refused connection is RequestNotSent, the only failure that proves anything."""
    async with ScriptedExchange() as exchange:
        free_port = exchange.port
    transport = HttpTransport(f"http://127.0.0.1:{free_port}")
    await transport.open()
    with pytest.raises(RequestNotSent, match="no connection to"):
        await transport.post("/x", b"{}", {}, 1000)
    await transport.close()


async def test_closed_transport_sends_nothing() -> None:
    """Before open and after close a call is RequestNotSent."""
    transport = HttpTransport("http://127.0.0.1:9")
    with pytest.raises(RequestNotSent, match="open it first"):
        await transport.get("/x", {}, 1000)


async def test_a_lost_answer_is_not_sent_again() -> None:
    """A connection cut after the request arrived is reported, and the request came once."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/x"] = [Answer(is_cut=True)]
        transport = HttpTransport(exchange.config().rest_url)
        await transport.open()
        with pytest.raises(ExchangeUnavailable) as raised:
            await transport.post("/x", b"body", {}, 1000)
        await transport.close()
    assert not isinstance(raised.value, RequestNotSent)
    assert [seen.body for seen in exchange.seen] == [b"body"]


async def test_a_kept_alive_connection_that_dies_is_not_retried() -> None:
    """Also on a connection that served before, a POST whose answer is lost goes out once."""
    async with (
        ScriptedExchange() as exchange,
        TcpProxy(exchange.port) as proxy,
    ):
        transport = HttpTransport(f"http://127.0.0.1:{proxy.port}")
        await transport.open()
        await transport.post("/warm", b"1", {}, 1000)
        proxy.loses_answers = True
        with pytest.raises(ExchangeUnavailable):
            await transport.post("/x", b"2", {}, 1000)
        await transport.close()
    assert [seen.path for seen in exchange.seen] == ["/warm", "/x"]


async def test_a_late_answer_is_given_up_in_time() -> None:
    """The deadline of a call covers the whole call and its sentence names it."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/slow"] = [Answer(delay_s=5)]
        transport = HttpTransport(exchange.config().rest_url)
        await transport.open()
        with pytest.raises(ExchangeUnavailable, match="within 50 ms"):
            await asyncio.wait_for(transport.get("/slow", {}, 50), 2)
        await transport.close()


async def test_bytes_travel_as_they_are_and_redirects_are_not_followed() -> None:
    """Query, body and answer are not touched; a redirect is an answer like any other."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/moved"] = [Answer(status=302, headers={"Location": "/elsewhere"})]
        transport = HttpTransport(exchange.config().rest_url)
        await transport.open()
        answer = await transport.get("/moved?cursor=a%3A1%2Cb&x=1", {"X-Sign": "s"}, 1000)
        await transport.close()
    assert answer.status == 302
    assert [seen.query for seen in exchange.seen] == ["cursor=a%3A1%2Cb&x=1"]
    assert exchange.seen[0].headers["X-Sign"] == "s"


async def test_any_method_travels_with_its_query_alone() -> None:
    """PUT and DELETE, which some exchanges want, carry their parameters in the query."""
    async with ScriptedExchange() as exchange:
        transport = HttpTransport(exchange.config().rest_url)
        await transport.open()
        for method in ("PUT", "DELETE"):
            answer = await transport.call(method, "/order?symbol=BTCUSDT", {"X-Key": "k"}, 1000)
            assert answer.status == 200
        await transport.close()
    assert [(seen.method, seen.path, seen.query) for seen in exchange.seen] == [
        ("PUT", "/order", "symbol=BTCUSDT"),
        ("DELETE", "/order", "symbol=BTCUSDT"),
    ]


async def test_noise_instead_of_http_is_unavailable_and_shows_no_key() -> None:
    """An answer that is no HTTP at all ends in one sentence without the signed headers."""

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"\x16\x03\x01 what is this\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = HttpTransport(f"http://127.0.0.1:{port}")
    await transport.open()
    with pytest.raises(ExchangeUnavailable, match="broke off") as raised:
        await transport.post("/x", b"{}", {"X-BAPI-API-KEY": "my-own-key"}, 1000)
    await transport.close()
    server.close()
    await server.wait_closed()
    assert "my-own-key" not in str(raised.value)
