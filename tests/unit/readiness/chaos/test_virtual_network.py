"""The line within one process: bytes in order, answers that get lost, and a death that is one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

import pytest

from bot_trading.clock import now_us
from bot_trading.errors import ExchangeUnavailable
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.exchanges.http import RequestNotSent
from bot_trading.exchanges.websocket import Socket
from exchange_simulator.world import WorldOptions, build_world
from readiness.chaos.virtual_network import Line, VirtualExchange
from readiness.chaos.virtual_time import run_virtual
from tests.builders.intents import approved

T = TypeVar("T")
OPTIONS = WorldOptions(symbols=("BTCUSDT",), points=6)


def _with_line(use: Callable[[Line, list[str]], Awaitable[T]]) -> T:
    """Run `use` beside a moving market."""

    async def run() -> T:
        seen: list[str] = []
        protocol = build_world(OPTIONS, now_us())["bybit"]
        exchange = VirtualExchange(
            protocol, lambda method, target, body: seen.append(target.partition("?")[0])
        )
        market = asyncio.create_task(exchange.run())
        try:
            return await use(Line({"bybit": exchange}, Random(3), 0.02), seen)
        finally:
            market.cancel()
            await asyncio.gather(market, return_exceptions=True)

    return run_virtual(run(), 1_780_000_000_000_000_000)


def _client(line: Line) -> BybitClient:
    config = BybitConfig(
        rest_url="http://bybit",
        ws_public_url="ws://bybit/v5/public/linear",
        ws_private_url="ws://bybit/v5/private",
    )
    keys = Credentials(api_key=OPTIONS.api_key, api_secret=OPTIONS.api_secret)
    return BybitClient(config, keys, random_ratio=lambda: 0.5, network=line.network)


def test_the_real_client_opens_and_reads_over_it() -> None:
    """Signature, clock and answers are those of the wire."""

    async def use(line: Line, seen: list[str]) -> None:
        client = _client(line)
        await client.open()
        balance = await client.get_balance()
        assert balance.equity == OPTIONS.balance
        assert abs(client.clock_offset_ms) <= 20
        assert "/v5/account/wallet-balance" in seen

    _with_line(use)


def test_streams_come_up_and_carry_the_market() -> None:
    """Public and private sockets greet, and candles close on them."""

    async def use(line: Line, seen: list[str]) -> None:
        client = _client(line)
        await client.open()
        events: list[object] = []
        streams = asyncio.create_task(client.run_streams(["BTCUSDT"], 60, events.append))
        await asyncio.sleep(150)
        streams.cancel()
        await asyncio.gather(streams, return_exceptions=True)
        names = [type(event).__name__ for event in events]
        assert names[0] == "StreamUp" or "StreamUp" in names
        assert names.count("CandleClosed") >= 2
        assert names.count("StreamDown") == 0

    _with_line(use)


def test_a_severed_line_sends_nothing_more_and_answers_nothing() -> None:
    """What was not sent is known not to be; what was under way is not known."""

    async def use(line: Line, seen: list[str]) -> None:
        http = line.network.http("http://bybit")
        asking = asyncio.create_task(http.get("/v5/market/time", {}, 1_000))
        await asyncio.sleep(0)
        line.sever()
        with pytest.raises(ExchangeUnavailable, match="broke"):
            await asking
        assert seen == ["/v5/market/time"]
        with pytest.raises(RequestNotSent):
            await http.get("/v5/market/time", {}, 1_000)
        assert seen == ["/v5/market/time"]

    _with_line(use)


def test_an_order_that_left_before_the_death_arrives() -> None:
    """As with a real process that dies: the exchange takes what was on its way."""

    async def use(line: Line, seen: list[str]) -> None:
        client = _client(line)
        await client.open()
        placing = asyncio.create_task(client.place_order(approved("last")))
        await asyncio.sleep(0)
        line.sever()
        await asyncio.sleep(1)
        assert seen.count("/v5/order/create") == 1
        placing.cancel()

    _with_line(use)


def test_a_deadline_shorter_than_the_way_is_no_answer() -> None:
    """The request is under way, so its outcome is not known."""

    async def use(line: Line, seen: list[str]) -> None:
        http = line.network.http("http://bybit")
        with pytest.raises(ExchangeUnavailable, match="within 0 ms") as caught:
            await http.get("/v5/market/time", {}, 0)
        assert not isinstance(caught.value, RequestNotSent)

    _with_line(use)


def test_one_exchange_can_be_cut_off_for_a_while() -> None:
    """What is asked before the cut gets no answer, nothing leaves while it lasts, and then it does
    again."""

    async def use(line: Line, seen: list[str]) -> None:
        http = line.network.http("http://bybit")
        asking = asyncio.create_task(http.get("/v5/market/time", {}, 1_000))
        listener = Socket(lambda _: None, 3.0)
        transport = await line.network.connect(lambda: listener, "ws://bybit/v5/public/linear")
        asked = len(seen)
        line.cut_off("bybit")
        await transport.wait_disconnected()
        with pytest.raises(ExchangeUnavailable):
            await asking
        with pytest.raises(RequestNotSent):
            await http.get("/v5/market/time", {}, 1_000)
        with pytest.raises(OSError, match="severed"):
            await line.network.connect(lambda: listener, "ws://bybit/v5/public/linear")
        assert len(seen) - asked <= 1
        line.restore("bybit")
        assert (await http.get("/v5/market/time", {}, 1_000)).status == 200

    _with_line(use)
