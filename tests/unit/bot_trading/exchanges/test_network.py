"""The real network behind the seam that simulations replace."""

from __future__ import annotations

import asyncio

import pytest
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport

from bot_trading.exchanges.http import HttpTransport
from bot_trading.exchanges.network import REAL_NETWORK
from tests.builders.scripted_exchange import ScriptedExchange


class _Hears(WSListener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.frames.put_nowait(frame.get_payload_as_bytes())


async def test_requests_travel_over_real_connections() -> None:
    """`http` makes the transport that the clients always had."""
    async with ScriptedExchange() as exchange:
        transport = REAL_NETWORK.http(exchange.config().rest_url)
        assert isinstance(transport, HttpTransport)
        await transport.open()
        answer = await transport.get("/v5/market/time", {}, 1_000)
        await transport.close()
        assert answer.status == 200
        assert [seen.path for seen in exchange.seen] == ["/v5/market/time"]


async def test_sockets_travel_over_real_connections() -> None:
    """`connect` gives a transport that sends, and a listener that hears."""
    async with ScriptedExchange() as exchange:
        hears = _Hears()
        transport = await REAL_NETWORK.connect(lambda: hears, exchange.config().ws_public_url)
        transport.send(WSMsgType.TEXT, b'{"op":"ping"}')
        assert b"pong" in await hears.frames.get()
        transport.disconnect(graceful=False)
        await transport.wait_disconnected()


async def test_a_refused_handshake_is_raised() -> None:
    """A path that is no socket, or a port where nobody listens."""
    async with ScriptedExchange() as exchange:
        with pytest.raises(WSError):
            await REAL_NETWORK.connect(_Hears, exchange.config().rest_url.replace("http", "ws"))
    with pytest.raises(ConnectionRefusedError):
        await REAL_NETWORK.connect(_Hears, f"ws://127.0.0.1:{exchange.port}/ws/public")
