"""The shell: real sockets, a frame's way, a lost answer, a defect of ours, a clean end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from fractions import Fraction
from typing import Any

import aiohttp
import pytest

from exchange_simulator.errors import BadInput
from exchange_simulator.faults import FaultPlan, FaultRule
from exchange_simulator.protocols.bybit.protocol import Bybit
from exchange_simulator.run import Serving
from exchange_simulator.server import Server
from exchange_simulator.wire_protocol import WireProtocol
from exchange_simulator.world import WorldOptions, build_world
from tests.unit.exchange_simulator.builders import Client


def world(name: str = "bybit", **more: Any) -> WireProtocol:
    """A generated market at sixty times its speed."""
    options = WorldOptions(
        markets=(name,), speed=Fraction(60), symbols=("BTCUSDT",), limits_on=False, **more
    )
    return build_world(options, time.time_ns() // 1000)[name]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A running server."""
    running = Server(world(), host="127.0.0.1", port=0)
    await running.start()
    yield running
    await running.stop()


def url(server: Server, path: str, scheme: str = "http") -> str:
    """Return an address on a server."""
    return f"{scheme}://{server.host}:{server.port}{path}"


async def test_it_answers_with_the_machines_time(server: Server) -> None:
    """Envelope time is wall time; the market runs ahead of it at its speed."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(url(server, "/v5/market/time")) as reply,
    ):
        answer = await reply.json()
    assert abs(answer["time"] - time.time() * 1000) < 2000


async def test_frames_of_one_client_keep_their_order(server: Server) -> None:
    """However they are delayed, they are handled as they were sent."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(url(server, "/v5/public/linear", "ws")) as socket,
    ):
        for number in range(50):
            await socket.send_json({"op": "ping", "req_id": str(number)})
        answers = [json.loads(await socket.receive_str())["req_id"] for _ in range(50)]
    assert answers == [str(number) for number in range(50)]


async def test_a_socket_is_forgotten_when_the_client_goes(server: Server) -> None:
    """No frames are kept for who is not there."""
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(url(server, "/v5/public/linear", "ws")) as socket:
            await socket.send_json({"op": "subscribe", "args": ["publicTrade.BTCUSDT"]})
            for _ in range(3):
                await socket.receive_str()
            assert server.protocol.exchange.watched["BTCUSDT"] == 1
        await asyncio.wait_for(_gone(server), 10)
    assert server.protocol.exchange.watched["BTCUSDT"] == 0


async def _gone(server: Server) -> None:
    """Wait until the server knows of no socket; the server tells nobody when that is."""
    while server.protocol.connections:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_an_unknown_socket_path_is_404(server: Server) -> None:
    """The handshake fails."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(url(server, "/v5/nowhere", "ws"))
    assert caught.value.status == 404


async def test_a_lost_answer_closes_the_connection() -> None:
    """The client sees a broken connection, the exchange has the order."""
    rule = FaultRule(fault="F1", variant="closed", where="/v5/order/create")
    protocol = world(faults=FaultPlan(rules=(rule,)))
    running = Server(protocol, host="127.0.0.1", port=0)
    await running.start()
    assert isinstance(protocol, Bybit)
    account = next(iter(protocol.exchange.accounts.values()))
    fields = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market"}
    body = json.dumps({**fields, "qty": "0.01", "positionIdx": 1}).encode()
    signer = Client(protocol, account.api_key, account.api_secret)
    try:
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.ClientError):
                await http.post(
                    url(running, "/v5/order/create"), data=body, headers=signer.headers(body)
                )
    finally:
        await running.stop()
    assert len(account.executions) >= 1


@pytest.mark.parametrize(
    ("name", "path", "status", "wanted"),
    [
        ("bybit", "/v5/market/time", 200, {"retCode": 10016, "retMsg": "Server error"}),
        ("binance", "/fapi/v1/time", 503, {"code": -1000}),
        ("okx", "/api/v5/public/time", 503, {"code": "50001", "data": []}),
    ],
)
async def test_a_defect_of_ours_is_an_error_answer(
    name: str, path: str, status: int, wanted: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A client under test is never stopped by us: an error of its exchange, and a log entry."""
    running = Server(world(name), host="127.0.0.1", port=0)
    await running.start()
    del running.protocol.exchange.clock
    try:
        async with aiohttp.ClientSession() as http, http.get(url(running, path)) as reply:
            answer = await reply.json(content_type=None)
    finally:
        await running.stop()
    assert reply.status == status
    assert {key: answer[key] for key in wanted} == wanted
    assert "failed" in caplog.text


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_not_http_is_refused_without_a_word_in_the_log(
    server: Server, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets a 400, and whoever watches the simulator is not shown kilobytes of it."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(data)
    answer = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    assert b" 400 " in answer
    assert caplog.records == []


async def test_a_port_in_use_is_bad_input(server: Server) -> None:
    """The sentence names the port."""
    second = Server(world(), host="127.0.0.1", port=server.port)
    with pytest.raises(BadInput, match=f"Port {server.port}"):
        await second.start()


async def test_stopping_closes_sockets() -> None:
    """A client hears the end."""
    running = Server(world(), host="127.0.0.1", port=0)
    await running.start()
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(url(running, "/v5/private", "ws")) as socket,
    ):
        stopping = asyncio.create_task(running.stop())
        message = await asyncio.wait_for(socket.receive(), 10)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        await socket.close()
        await asyncio.wait_for(stopping, 10)


def test_serving_has_loopback_manners() -> None:
    """By default nothing is recorded and no proxy runs."""
    serving = Serving(host="127.0.0.1", port=0, as_json=True)
    assert (serving.record, serving.tls_proxy, serving.duration_s) == (None, False, None)
