"""Streams of one account as a group, over real sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot_trading.domain.messages import Event, StreamDown, StreamUp
from bot_trading.errors import ExchangeUnavailable
from bot_trading.exchanges.live import PRIVATE, StreamGroup
from bot_trading.exchanges.network import REAL_NETWORK
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import Socket, StreamPlan
from tests.builders.scripted_exchange import ScriptedExchange
from tests.builders.waiting import wait_until


class Clock:
    """The REST side as far as the clock goes; it may be out of reach."""

    def __init__(self) -> None:
        self.clock_doubted = asyncio.Event()
        self.offset_ms = 0
        self.measured = 0
        self.is_away = False

    async def measure_clock(self) -> None:
        """Counted, and refused while it is away."""
        self.measured += 1
        if self.is_away:
            raise ExchangeUnavailable("away")


class Group:
    """A group over the public and the private address, and what it published."""

    def __init__(self, exchange: ScriptedExchange) -> None:
        config = exchange.config()
        self.clock = Clock()
        self.complain = UnsupportedCounter("bybit")
        self.told: list[Event] = []
        self.beside_ran = asyncio.Event()
        self.plans = [
            _plan("public", config.ws_public_url),
            _plan(PRIVATE, config.ws_private_url),
        ]
        self.streams = StreamGroup(
            "bybit", self.clock, 60_000, self.complain, lambda: 0.0, REAL_NETWORK.connect
        )

    async def beside(self) -> None:
        """Something that lives as long as the streams."""
        self.beside_ran.set()
        await asyncio.Event().wait()

    def kinds(self) -> list[type]:
        """What was published, in order."""
        return [type(event) for event in self.told]


def _plan(name: str, url: str) -> StreamPlan:
    async def greet(socket: Socket) -> None:
        socket.send(b'{"op":"ping"}')

    return StreamPlan(
        name=name, url=url, greet=greet, on_frame=lambda _: None, topics={}, ping=b'{"op":"ping"}'
    )


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Group, ScriptedExchange]]:
    """A group that runs for the length of a test."""
    async with ScriptedExchange() as exchange:
        group = Group(exchange)
        task = asyncio.create_task(group.streams.run(group.plans, group.told.append, group.beside))
        try:
            yield group, exchange
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_up_is_told_once_when_all_streams_are_up() -> None:
    """Half an account is not ready; what runs beside lives with the streams."""
    async with running() as (group, _):
        await wait_until(lambda: group.told)
        await group.beside_ran.wait()
        assert group.kinds() == [StreamUp]


async def test_each_loss_is_told_and_up_only_when_all_are_back() -> None:
    """Two streams that break are two losses and one return."""
    async with running() as (group, exchange):
        await wait_until(lambda: group.told)
        exchange.cut_streams()
        await wait_until(lambda: group.kinds().count(StreamUp) == 2)
        assert group.kinds() == [StreamUp, StreamDown, StreamDown, StreamUp]


async def test_a_doubted_clock_is_measured_at_once() -> None:
    """Not after the interval; one that cannot be measured does not end the streams."""
    async with running() as (group, _):
        await wait_until(lambda: group.told)
        group.clock.clock_doubted.set()
        await wait_until(lambda: group.clock.measured == 1)
        group.clock.is_away = True
        group.clock.clock_doubted.set()
        await wait_until(lambda: group.clock.measured == 2)
        assert group.kinds() == [StreamUp]


async def test_a_clock_far_off_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """With the exchange and the measured offset."""
    # A command that another test ran in this process may have left the root logger at ERROR.
    caplog.set_level(logging.WARNING, "bot_trading.exchanges.live")
    async with running() as (group, _):
        await wait_until(lambda: group.told)
        group.clock.offset_ms = -900
        group.clock.clock_doubted.set()
        await wait_until(lambda: "differs from bybit's by -900 ms" in caplog.text)


async def test_what_is_not_understood_is_published_while_streams_run() -> None:
    """And counted alone once they do not."""
    async with running() as (group, _):
        await wait_until(lambda: group.told)
        assert group.complain.publish is not None
    assert group.complain.publish is None


async def test_expecting_data_before_the_streams_run_is_nothing() -> None:
    """An order may be sent by a client that listens to nothing."""
    async with ScriptedExchange() as exchange:
        Group(exchange).streams.expect_private_data()
