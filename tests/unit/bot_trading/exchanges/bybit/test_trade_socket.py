"""Orders over the trade socket: once, with an answer or an unknown outcome, else by REST."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot_trading.domain.messages import CancelOrder, StreamDown
from bot_trading.domain.reports import OrderAccepted, OrderOutcomeUnknown, OrderRejected
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.rest import Group
from bot_trading.exchanges.websocket import Socket
from tests.builders.intents import LONG, approved
from tests.builders.scripted_exchange import Answer, ScriptedExchange, answered
from tests.builders.waiting import wait_until


@asynccontextmanager
async def trading(exchange: ScriptedExchange, **changes: Any) -> AsyncIterator[BybitClient]:
    """A client whose streams run and which has a trade socket."""
    address = f"ws://127.0.0.1:{exchange.port}/ws/trade"
    client = exchange.client(ws_trade_url=address, **changes)
    await client.open()
    events: list[object] = []
    task = asyncio.create_task(client.run_streams(["BTCUSDT"], 300, events.append))
    try:
        yield client
        assert not any(isinstance(event, StreamDown) for event in events)
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()


def is_up(client: BybitClient) -> bool:
    """Whether orders leave over the socket now."""
    trade = client._rest.trade
    assert trade is not None
    return trade.is_up


def sends(exchange: ScriptedExchange) -> list[tuple[str, str]]:
    """How each order request came."""
    return [(seen.method, seen.path) for seen in exchange.seen if "order" in seen.path]


async def test_orders_leave_over_the_socket_while_it_is_up() -> None:
    """Create and cancel come as operations with a time stamp, and nothing comes by REST."""
    async with ScriptedExchange() as exchange, trading(exchange) as client:
        await wait_until(lambda: is_up(client))
        answer = await client.place_order(approved("a"))
        assert isinstance(answer, OrderAccepted)
        assert answer.exchange_order_id == "theirs-a"
        cancel = CancelOrder(leg_id=LONG, client_order_id="a", exchange_order_id=None)
        await client.cancel_order(cancel)
        assert sends(exchange) == [("WS", "order.create"), ("WS", "order.cancel")]
        stamp = exchange.seen[-1].headers
        assert int(stamp["X-BAPI-TIMESTAMP"]) > 0
        assert stamp["X-BAPI-RECV-WINDOW"] == "5000"


async def test_answers_find_their_requests_whatever_their_order() -> None:
    """The second request is answered first; each caller gets its own."""
    async with ScriptedExchange() as exchange, trading(exchange) as client:
        await wait_until(lambda: is_up(client))
        answers = await asyncio.gather(*(client.place_order(approved(f"o{n}")) for n in range(5)))
        assert [answer.client_order_id for answer in answers] == [f"o{n}" for n in range(5)]
        ids = [a.exchange_order_id for a in answers if isinstance(a, OrderAccepted)]
        assert ids == [f"theirs-o{n}" for n in range(5)]


async def test_without_the_socket_orders_go_by_rest() -> None:
    """A login that is refused keeps the socket down, and trading goes on."""
    async with ScriptedExchange() as exchange:
        exchange.refuses_auth = "no"
        client = exchange.client(ws_trade_url=f"ws://127.0.0.1:{exchange.port}/ws/trade")
        await client.open()
        task = asyncio.create_task(client.run_streams([], 300, lambda _: None))
        await asyncio.sleep(0.05)
        assert isinstance(await client.place_order(approved("a")), OrderAccepted)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()
        assert sends(exchange) == [("POST", "/v5/order/create")]


async def test_a_socket_that_breaks_before_the_answer_leaves_the_outcome_unknown() -> None:
    """It may have been carried out, so it is neither refused nor sent again on either way."""
    async with ScriptedExchange() as exchange, trading(exchange) as client:
        await wait_until(lambda: is_up(client))
        exchange.answers["order.create"] = [Answer(is_cut=True), answered({"orderId": "later"})]
        answer = await client.place_order(approved("a"))
        assert isinstance(answer, OrderOutcomeUnknown)
        assert "lost" in answer.reason
        assert sends(exchange) == [("WS", "order.create")]
        await wait_until(lambda: is_up(client))
        assert isinstance(await client.place_order(approved("b")), OrderAccepted)
        assert sends(exchange)[1:] == [("WS", "order.create")]


async def test_a_late_answer_is_unknown_and_does_not_disturb_the_next() -> None:
    """The deadline decides; what comes afterwards is nobody's."""
    async with ScriptedExchange() as exchange, trading(exchange, submit_timeout_ms=50) as client:
        await wait_until(lambda: is_up(client))
        late = answered({"orderId": "late"}, delay_s=0.1)
        exchange.answers["order.create"] = [late, answered({"orderId": "next"})]
        answer = await client.place_order(approved("a"))
        assert isinstance(answer, OrderOutcomeUnknown)
        assert "50 ms" in answer.reason
        await wait_until(lambda: is_up(client))
        following = await client.place_order(approved("b"))
        assert isinstance(following, OrderAccepted)
        assert following.exchange_order_id == "next"


async def test_a_refusal_keeps_its_code_and_words() -> None:
    """As on REST: a code of the derivatives proves that nothing exists."""
    async with ScriptedExchange() as exchange, trading(exchange) as client:
        await wait_until(lambda: is_up(client))
        exchange.answers["order.create"] = [answered(code=110007, message="not enough")]
        answer = await client.place_order(approved("a"))
        assert isinstance(answer, OrderRejected)
        assert (answer.code, answer.reason) == ("110007", "not enough")


async def test_the_rate_limit_is_learnt_from_the_socket_too() -> None:
    """A header that leaves nothing pauses the lane that REST shares."""
    async with ScriptedExchange() as exchange, trading(exchange) as client:
        await wait_until(lambda: is_up(client))
        limits = {
            "X-Bapi-Limit": "10",
            "X-Bapi-Limit-Status": "0",
            "X-Bapi-Limit-Reset-Timestamp": str(client._rest.now_ms() + 60_000),
        }
        exchange.answers["order.create"] = [answered({"orderId": "x"}, headers=limits)]
        lane = client._rest._lanes[Group.CREATE]
        assert isinstance(await client.place_order(approved("a")), OrderAccepted)
        assert not lane.try_enter(urgent=True)


async def test_an_unreadable_answer_is_unknown() -> None:
    """A frame that is no answer is passed over, and the request's deadline ends the wait."""
    async with ScriptedExchange() as exchange, trading(exchange, submit_timeout_ms=80) as client:
        await wait_until(lambda: is_up(client))
        exchange.answers["order.create"] = [answered({"orderId": "z"}, delay_s=1.0)]
        asking = asyncio.create_task(client.place_order(approved("a")))
        await asyncio.sleep(0.02)
        await exchange.say("trade", b"\xff not json")
        assert isinstance(await asking, OrderOutcomeUnknown)


async def test_a_socket_that_swallows_a_request_gets_no_second_one() -> None:
    """A line that died silently costs one order its answer; the next leaves by REST at once."""
    async with ScriptedExchange() as exchange, trading(exchange, submit_timeout_ms=100) as client:
        await wait_until(lambda: is_up(client))
        never = answered({"orderId": "never"}, delay_s=20.0)
        exchange.answers["order.create"] = [never, answered({"orderId": "over again"})]
        assert isinstance(await client.place_order(approved("a")), OrderOutcomeUnknown)
        assert isinstance(await client.place_order(approved("b")), OrderAccepted)
        assert sends(exchange) == [("WS", "order.create"), ("POST", "/v5/order/create")]
        await wait_until(lambda: is_up(client))
        assert isinstance(await client.place_order(approved("c")), OrderAccepted)
        assert sends(exchange)[-1] == ("WS", "order.create")


async def test_a_late_answer_brings_the_socket_back() -> None:
    """An exchange that was slow once is trusted again when it speaks."""
    async with ScriptedExchange() as exchange, trading(exchange, submit_timeout_ms=300) as client:
        await wait_until(lambda: is_up(client))
        late = answered({"orderId": "late"}, delay_s=0.35)
        exchange.answers["order.create"] = [late, answered({"orderId": "next"})]
        assert isinstance(await client.place_order(approved("a")), OrderOutcomeUnknown)
        assert not is_up(client)
        await wait_until(lambda: is_up(client))
        assert isinstance(await client.place_order(approved("b")), OrderAccepted)


async def test_a_socket_that_breaks_while_sending_leaves_the_order_to_rest() -> None:
    """Nothing left over it, so the same order goes by REST within the same call."""
    async with ScriptedExchange() as exchange, trading(exchange) as client:
        await wait_until(lambda: is_up(client))
        trade = client._rest.trade
        assert trade is not None
        # Its connection is gone, and nobody was told yet.
        trade._socket = Socket(lambda _: None, 3.0)
        assert isinstance(await client.place_order(approved("a")), OrderAccepted)
        assert sends(exchange) == [("POST", "/v5/order/create")]


async def test_one_lost_answer_of_two_brings_a_fresh_socket() -> None:
    """The other answer proves that the line lives, not that this request will be answered."""
    async with ScriptedExchange() as exchange, trading(exchange, submit_timeout_ms=200) as client:
        await wait_until(lambda: is_up(client))
        trade = client._rest.trade
        assert trade is not None
        first = trade._greeted
        losing = asyncio.create_task(client.place_order(approved("a")))
        await asyncio.sleep(0)
        trade._waiting.clear()  # Its answer comes and finds nobody, as one that never came.
        assert isinstance(await losing, OrderOutcomeUnknown)
        assert not is_up(client)
        await wait_until(lambda: is_up(client))
        assert trade._greeted is not first
