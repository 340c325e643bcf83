"""`WebSocketManager` over real sockets: it begins again after every kind of loss."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.exchanges.websocket import (
    DELAY_MAX_S,
    Socket,
    StreamLost,
    StreamPlan,
    WebSocketManager,
    reconnect_delay_s,
)
from tests.builders.scripted_exchange import ScriptedExchange
from tests.builders.waiting import wait_until


class Watched:
    """A running manager with what it said and the frames that it handed on."""

    def __init__(self, url: str, **changes: Any) -> None:
        self.frames: list[bytes] = []
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.stop: Callable[[], object] = list
        parts: dict[str, Any] = {
            "name": "test",
            "url": url,
            "greet": _subscribe,
            "on_frame": self.on_frame,
            "topics": {},
            "ping": b'{"op":"ping"}',
        }
        self.manager = WebSocketManager(
            StreamPlan(**(parts | changes)),
            on_up=lambda: self.said.put_nowait("up"),
            on_down=self.said.put_nowait,
            random_ratio=lambda: 0.0,
        )

    def on_frame(self, payload: bytes) -> str | None:
        """Data is whatever names a topic."""
        if b'"topic"' not in payload:
            return None
        self.frames.append(payload)
        return "t"

    async def next(self) -> str:
        """What it says next."""
        return await asyncio.wait_for(self.said.get(), 10)


async def _subscribe(socket: Socket) -> None:
    socket.send(b'{"op":"subscribe","args":["t"]}')
    if b'"success": true' not in await socket.reply():
        raise StreamLost("refused")


@asynccontextmanager
async def running(url: str, **changes: Any) -> AsyncIterator[Watched]:
    """Run a manager for the length of a test."""
    watched = Watched(url, **changes)
    task = asyncio.create_task(watched.manager.run())
    watched.stop = task.cancel
    try:
        yield watched
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_it_greets_then_hands_frames_on() -> None:
    """Up comes after the greeting, and each data frame reaches the handler."""
    async with ScriptedExchange() as exchange:
        async with running(exchange.config().ws_public_url) as watched:
            assert await watched.next() == "up"
            await exchange.say("public", {"topic": "t", "n": 1})
            await wait_until(lambda: len(watched.frames) == 1)
        assert exchange.subscribed == [("public", ("t",))]


async def test_a_cut_connection_is_made_again_and_greeted_again() -> None:
    """After a reset the stream says why, reconnects and subscribes once more."""
    async with ScriptedExchange() as exchange:
        async with running(exchange.config().ws_public_url) as watched:
            assert await watched.next() == "up"
            exchange.cut_streams()
            assert "closed by the other side" in await watched.next()
            assert await watched.next() == "up"
        assert len(exchange.subscribed) == 2


async def test_nobody_listening_is_said_at_each_attempt() -> None:
    """It keeps trying, and every failed attempt is reported with its address."""
    async with ScriptedExchange() as exchange:
        url = exchange.config().ws_public_url
    async with running(url) as watched:
        for _ in range(2):
            assert f"no connection to {url}" in await watched.next()
        async with exchange:
            while (said := await watched.next()) != "up":
                assert "no connection" in said
            watched.stop()


async def test_a_handshake_that_is_refused_is_a_loss() -> None:
    """An HTTP error instead of the upgrade, such as 502, is reported and tried again."""
    async with ScriptedExchange() as exchange:
        url = exchange.config().ws_public_url.replace("/ws/public", "/elsewhere")
        async with running(url) as watched:
            assert "no connection" in await watched.next()


async def test_a_failing_handler_is_told_and_the_stream_begins_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An exception of ours never kills the stream in silence."""
    calls: list[bytes] = []

    def fail_first(payload: bytes) -> str | None:
        if b'"topic"' in payload:
            calls.append(payload)
            if len(calls) == 1:
                raise LookupError("a bug of ours")
            return "t"
        return None

    async with (
        ScriptedExchange() as exchange,
        running(exchange.config().ws_public_url, on_frame=fail_first) as watched,
    ):
        assert await watched.next() == "up"
        await exchange.say("public", {"topic": "t"})
        assert "a handler failed: LookupError: a bug of ours" in await watched.next()
        assert await watched.next() == "up"
        await exchange.say("public", {"topic": "t"})
        await wait_until(lambda: len(calls) == 2)
    assert "a handler of stream messages failed" in caplog.text


async def test_a_failing_greeting_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    """A bug while greeting is reported like one in a handler."""

    async def greet(socket: Socket) -> None:
        raise LookupError("a bug of ours")

    async with (
        ScriptedExchange() as exchange,
        running(exchange.config().ws_public_url, greet=greet) as watched,
    ):
        assert "LookupError" in await watched.next()
    assert "a handler of stream messages failed" in caplog.text


async def test_a_socket_that_pongs_without_data_is_dead() -> None:
    """Pings are answered, data stops: the watchdog ends the connection and names the topic.

    Pain 10: the socket is connected again and dead, and nobody is told.
    """
    async with ScriptedExchange() as exchange:
        config = exchange.config()
        async with running(config.ws_public_url, topics={"t": 200}, ping_interval_ms=40) as watched:
            assert await watched.next() == "up"
            for _ in range(5):
                await exchange.say("public", {"topic": "t"})
                await asyncio.sleep(0.1)
            assert watched.said.empty()
            assert "t carried no data" in await watched.next()
            assert await watched.next() == "up"


async def test_no_answer_to_pings_is_a_loss() -> None:
    """A quiet stream without topics to watch still has to answer pings."""
    async with ScriptedExchange() as exchange:
        exchange.answers_pings = False
        async with running(exchange.config().ws_public_url, ping_interval_ms=50) as watched:
            assert await watched.next() == "up"
            assert "no answer to pings" in await watched.next()


async def test_what_waited_while_the_process_stood_still_is_not_believed() -> None:
    """It lay in the socket for as long: nothing of it is handed on, and the stream begins anew."""
    async with (
        ScriptedExchange() as exchange,
        running(exchange.config().ws_public_url, stood_still_ms=400) as watched,
    ):
        assert await watched.next() == "up"
        await exchange.say("public", {"topic": "t", "n": 1})
        await wait_until(lambda: len(watched.frames) == 1)
        for number in range(3):
            await exchange.say("public", {"topic": "t", "n": 2 + number})
        time.sleep(0.6)  # noqa: ASYNC251 - The loop is to be blocked.
        assert "this process stood still for 0." in await watched.next()
        assert await watched.next() == "up"
        assert len(watched.frames) == 1
        await exchange.say("public", {"topic": "t", "n": 9})
        await wait_until(lambda: len(watched.frames) == 2)


async def test_data_that_must_come_and_does_not_is_a_loss() -> None:
    """After `expect_data` silence is death; any data before its end proves life."""
    async with (
        ScriptedExchange() as exchange,
        running(exchange.config().ws_public_url, expected_ms=200) as watched,
    ):
        assert await watched.next() == "up"
        watched.manager.expect_data()
        await exchange.say("public", {"topic": "t"})
        await asyncio.sleep(0.4)
        assert watched.said.empty()
        watched.manager.expect_data()
        assert "after something must have changed" in await watched.next()


async def test_a_message_in_pieces_arrives_whole() -> None:
    """Continuation frames are joined before the handler sees them."""

    async def handler(request: web.Request) -> web.WebSocketResponse:
        server = web.WebSocketResponse(compress=False)
        await server.prepare(request)
        async for message in server:
            if message.type is WSMsgType.TEXT:
                await server.send_json({"success": True})
                assert request.transport is not None
                request.transport.write(b'\x01\x04{"to' + b'\x00\x04pic"' + b"\x80\x05:1   ")
        return server

    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with running(f"ws://127.0.0.1:{runner.addresses[0][1]}/") as watched:
            assert await watched.next() == "up"
            await wait_until(lambda: watched.frames == [b'{"topic":1   '])
    finally:
        await runner.cleanup()


@given(failures=st.integers(0, 10_000), ratio=st.floats(0, 1, exclude_max=True))
def test_delays_grow_and_stay_within_their_bounds(failures: int, ratio: float) -> None:
    """The first attempt comes within a second, none later than 30 s, and jitter is bounded."""
    delay = reconnect_delay_s(failures, ratio)
    assert 0 < delay <= DELAY_MAX_S
    assert reconnect_delay_s(0, ratio) < 1
    assert reconnect_delay_s(failures + 1, ratio) >= delay
    assert reconnect_delay_s(failures, 0.0) * 2 >= delay
