"""Both streams together: up when both are, down when one is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot_trading.domain.messages import Event, StreamDown, StreamUp
from bot_trading.domain.reports import CandleClosed, OrderReport
from bot_trading.exchanges.bybit.client import BybitClient
from tests.builders.bybit_frames import frame, kline_row, order_row
from tests.builders.intents import approved
from tests.builders.scripted_exchange import ScriptedExchange, answered
from tests.builders.waiting import wait_until


@asynccontextmanager
async def streaming(
    exchange: ScriptedExchange, **changes: Any
) -> AsyncIterator[tuple[BybitClient, list[Event]]]:
    """A client with running streams, and the list that they publish to."""
    client = exchange.client(**changes)
    await client.open()
    events: list[Event] = []
    task = asyncio.create_task(client.run_streams(["BTCUSDT"], 300, events.append))
    try:
        yield client, events
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()


def count(events: list[Event], kind: type) -> int:
    """How many events are of a kind."""
    return sum(isinstance(event, kind) for event in events)


async def test_up_comes_once_both_streams_are_subscribed() -> None:
    """One StreamUp for two sockets, each with its own topics."""
    async with ScriptedExchange() as exchange, streaming(exchange) as (_, events):
        await wait_until(lambda: count(events, StreamUp))
        assert sorted(exchange.subscribed) == [
            ("private", ("order", "execution", "position", "wallet")),
            ("public", ("kline.5.BTCUSDT", "tickers.BTCUSDT")),
        ]
        await exchange.say("public", frame("kline.5.BTCUSDT", kline_row()))
        await exchange.say("private", frame("order", order_row()))
        await wait_until(lambda: count(events, CandleClosed) and count(events, OrderReport))
        assert count(events, StreamUp) == 1


@pytest.mark.parametrize("stream", ["public", "private"])
async def test_losing_either_stream_is_down_until_it_is_back(stream: str) -> None:
    """Down names the stream; up comes again after it was subscribed again."""
    async with ScriptedExchange() as exchange, streaming(exchange) as (_, events):
        await wait_until(lambda: count(events, StreamUp) == 1)
        exchange.cut_streams(stream)
        await wait_until(lambda: count(events, StreamUp) == 2)
        downs = [event for event in events if isinstance(event, StreamDown)]
        assert len(downs) == 1
        assert downs[0].reason.startswith(f"{stream} stream: closed")
        assert len(exchange.subscribed) == 3


async def test_a_refused_login_is_said_and_never_up() -> None:
    """The exchange's words arrive, and it goes on trying."""
    async with ScriptedExchange() as exchange:
        exchange.refuses_auth = "Params Error"
        async with streaming(exchange) as (_, events):
            await wait_until(lambda: count(events, StreamDown) >= 2)
            assert count(events, StreamUp) == 0
    downs = [event.reason for event in events if isinstance(event, StreamDown)]
    assert downs[0] == "private stream: auth was refused: Params Error"


async def test_silence_of_one_public_topic_is_down() -> None:
    """Pongs and candles arrive, prices do not: the watchdog names the topic."""
    async with ScriptedExchange() as exchange:
        changes = {"data_age_max_ms": 300, "ping_interval_ms": 50}
        async with streaming(exchange, **changes) as (_, events):
            await wait_until(lambda: count(events, StreamUp) == 1)
            while not count(events, StreamDown):
                await exchange.say("public", frame("kline.5.BTCUSDT", kline_row(confirm=False)))
                await asyncio.sleep(0.05)
    down = next(event for event in events if isinstance(event, StreamDown))
    assert "tickers.BTCUSDT carried no data" in down.reason


async def test_a_private_stream_that_hides_an_order_is_down() -> None:
    """An accepted order must show on the private stream; nothing at all means a dead socket."""
    async with (
        ScriptedExchange() as exchange,
        streaming(exchange, private_silence_max_ms=300) as (client, events),
    ):
        await wait_until(lambda: count(events, StreamUp) == 1)
        await asyncio.sleep(0.5)
        assert count(events, StreamDown) == 0
        await client.place_order(approved("told"))
        await exchange.say("private", frame("order", order_row()))
        await asyncio.sleep(0.5)
        assert count(events, StreamDown) == 0
        await client.place_order(approved("hidden"))
        await wait_until(lambda: count(events, StreamDown) == 1)
    down = next(event for event in events if isinstance(event, StreamDown))
    assert down.reason.startswith("private stream: no data")


async def test_the_clock_is_measured_again_when_doubted() -> None:
    """A request refused for its time leads to a new measurement at once."""
    async with ScriptedExchange() as exchange, streaming(exchange) as (client, _):
        exchange.seen.clear()
        exchange.answers["/v5/order/create"] = [answered(code=10002)]
        await client.place_order(approved())
        await wait_until(lambda: [s.path for s in exchange.seen].count("/v5/market/time") == 5)


async def test_the_clock_is_measured_again_and_again() -> None:
    """Also undoubted, after each interval; an exchange without an answer stops nothing."""
    async with (
        ScriptedExchange() as exchange,
        streaming(exchange, clock_interval_ms=50) as (_, events),
    ):
        before = len(exchange.seen)
        await wait_until(lambda: len(exchange.seen) >= before + 10)
        exchange.answers["/v5/market/time"] = [answered(code=10016), answered({})]
        await wait_until(lambda: len(exchange.answers["/v5/market/time"]) == 1)
        await wait_until(lambda: count(events, StreamUp) == 1)


async def test_a_length_of_candles_that_does_not_exist_is_refused() -> None:
    """It is our mistake and raises before anything is connected."""
    async with ScriptedExchange() as exchange:
        client = exchange.client()
        with pytest.raises(ValueError, match="no candles of 7 s"):
            await client.run_streams(["BTCUSDT"], 7, print)
        assert exchange.subscribed == []
