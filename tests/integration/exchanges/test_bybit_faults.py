"""`BybitClient` and the simulator with a bad line, wrong keys or tight limits between them."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from bot_trading.clock import now_us
from bot_trading.domain.messages import Event, QueryOrder, StreamDown, StreamUp
from bot_trading.domain.order import (
    OrderStatus,
)
from bot_trading.domain.reports import (
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
)
from bot_trading.errors import AuthRejected, PositionModeMismatch
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import Credentials
from tests.builders.bybit_life import BTC, QUANTITY, leg_of, living
from tests.builders.intents import LONG, approved
from tests.builders.running_simulator import Simulator, running_simulator
from tests.builders.tcp_proxy import TcpProxy
from tests.builders.waiting import wait_until


async def test_a_lost_answer_is_unknown_and_the_order_is_found() -> None:
    """F1: accepted, answer lost. Nothing is sent again, and asking finds the order and its fill."""
    async with (
        running_simulator("--speed", "1") as simulator,
        TcpProxy(simulator.port) as proxy,
    ):
        client = simulator.client(via_port=proxy.port)
        await client.open()
        price = (await client.get_candles(BTC, 300, 1))[-1].close
        proxy.loses_answers = True
        answer = await client.place_order(approved("lost", reference_px=price))
        assert isinstance(answer, OrderOutcomeUnknown)
        assert proxy.answers_lost == 1
        proxy.loses_answers = False
        found = await client.query_order(QueryOrder(leg_id=LONG, client_order_id="lost"))
        assert not isinstance(found, OrderNotFound)
        report, fills = found
        assert report is not None
        assert report.status is OrderStatus.FILLED
        assert sum(fill.last_qty for fill in fills) == QUANTITY
        again = await client.place_order(approved("lost", reference_px=price))
        assert isinstance(again, OrderAccepted)
        assert again.exchange_order_id == report.exchange_order_id
        absent = await client.query_order(QueryOrder(leg_id=LONG, client_order_id="never"))
        assert isinstance(absent, OrderNotFound)
        legs = await client.get_positions(["BTCUSDT"])
        assert leg_of(legs, LONG).quantity == QUANTITY
        await client.close()


async def test_cut_connections_are_made_again_and_trading_goes_on() -> None:
    """F7: down is told, up comes again, and what happened meanwhile is in the snapshot."""
    async with (
        running_simulator("--speed", "60") as simulator,
        TcpProxy(simulator.port) as proxy,
        living(simulator.client(via_port=proxy.port)) as life,
    ):
        elsewhere = simulator.client()
        await elsewhere.open()
        proxy.is_refusing = True
        proxy.cut()
        await wait_until(lambda: len(life.of(StreamDown)) >= 2)
        meanwhile = approved("meanwhile", reference_px=life.price)
        assert isinstance(await elsewhere.place_order(meanwhile), OrderAccepted)
        await elsewhere.close()
        ups = len(life.of(StreamUp))
        proxy.is_refusing = False
        await wait_until(lambda: len(life.of(StreamUp)) > ups)
        snapshot = await life.snapshot()
        assert leg_of(snapshot.legs, LONG).quantity == QUANTITY
        assert [fill.client_order_id for fill in snapshot.fills] == ["meanwhile"]
        assert isinstance(
            await life.client.place_order(approved("after", reference_px=life.price)),
            OrderAccepted,
        )
        await life.settled("after", OrderStatus.FILLED)


async def test_a_silent_stall_is_noticed() -> None:
    """F6: the line stays open and nothing comes through; the watchdog says so and recovers."""
    async with (
        running_simulator("--speed", "60") as simulator,
        TcpProxy(simulator.port) as proxy,
        living(simulator.client(via_port=proxy.port, data_age_max_ms=1_500)) as life,
    ):
        assert not life.of(StreamDown)
        proxy.is_stalled = True
        await wait_until(lambda: life.of(StreamDown))
        assert "carried no data" in life.of(StreamDown)[0].reason
        proxy.is_stalled = False
        proxy.cut()
        ups = len(life.of(StreamUp))
        await wait_until(lambda: len(life.of(StreamUp)) > ups)


async def test_an_exchange_that_restarts_is_found_again() -> None:
    """The simulator goes away and comes back on the same port; streams come up by themselves."""
    async with running_simulator("--speed", "60") as first:
        client = first.client()
        await client.open()
        events: list[Event] = []
        task = asyncio.create_task(client.run_streams(["BTCUSDT"], 300, events.append))
        await wait_until(lambda: any(isinstance(event, StreamUp) for event in events))
    await wait_until(lambda: any(isinstance(event, StreamDown) for event in events))
    not_sent = await client.place_order(approved("nobody-there"))
    assert isinstance(not_sent, OrderRejected | OrderOutcomeUnknown)
    events.clear()
    async with running_simulator("--speed", "60", port=first.port):
        await wait_until(lambda: any(isinstance(e, StreamUp) for e in events), timeout_s=40)
        assert isinstance(await client.place_order(approved("again")), OrderAccepted)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()


async def refused(simulator: Simulator, credentials: Credentials) -> str:
    """The sentence with which open refuses these keys."""
    client = BybitClient(simulator.config(), credentials)
    with pytest.raises(AuthRejected) as raised:
        await client.open()
    return str(raised.value)


async def test_wrong_keys_are_refused_by_name() -> None:
    """A wrong secret and a wrong key each get a sentence of their own, without the secret."""
    async with running_simulator("--speed", "1") as simulator:
        wrong_secret = Credentials(api_key=simulator.api_key, api_secret="not-the-secret-at-all")
        said = await refused(simulator, wrong_secret)
        assert "10004" in said
        assert "does not belong to this API key" in said
        assert "not-the-secret" not in said
        wrong_key = Credentials(api_key="nobody", api_secret=simulator.api_secret)
        said = await refused(simulator, wrong_key)
        assert "10003" in said
        assert simulator.api_secret not in said


async def test_a_one_way_account_is_refused() -> None:
    """The sentence says what to change, and the client is closed again."""
    async with running_simulator("--position-mode", "one-way") as simulator:
        with pytest.raises(PositionModeMismatch, match="switch the position mode"):
            await simulator.client().open()


async def test_a_burst_obeys_the_exchanges_limits() -> None:
    """Twelve entries at once against ten a second: none is refused by the exchange."""
    async with running_simulator("--speed", "1", "--limits", "on") as simulator:
        client = simulator.client(submit_timeout_ms=5_000)
        await client.open()
        price = (await client.get_candles(BTC, 300, 1))[-1].close
        orders = [
            approved(f"burst-{number}", reference_px=price, quantity=Decimal("0.001"))
            for number in range(12)
        ]
        began_us = now_us()
        answers = await asyncio.gather(*(client.place_order(order) for order in orders))
        await client.close()
    assert all(isinstance(answer, OrderAccepted) for answer in answers)
    assert now_us() - began_us > 900_000


async def test_an_order_whose_answer_the_trade_socket_lost_exists_once() -> None:
    """The line breaks between send and answer: the outcome is unknown and asked for, nothing goes
    out a second time, and the next order takes the new socket."""
    async with running_simulator("--speed", "60") as simulator, TcpProxy(simulator.port) as proxy:
        address = f"ws://127.0.0.1:{proxy.port}/v5/trade"
        async with living(simulator.client(ws_trade_url=address)) as life:
            client = life.client
            await wait_until(lambda: _has_socket(client))
            proxy.loses_answers = True
            lost = approved("lost", reference_px=life.price)
            assert isinstance(await client.place_order(lost), OrderOutcomeUnknown)
            assert proxy.answers_lost == 1
            found = await client.query_order(QueryOrder(leg_id=LONG, client_order_id="lost"))
            assert not isinstance(found, OrderNotFound)
            assert found[0] is not None
            assert found[0].status is OrderStatus.FILLED
            proxy.loses_answers = False
            await wait_until(lambda: _has_socket(client))
            lines = proxy.accepted
            assert isinstance(
                await client.place_order(approved("next", reference_px=life.price)), OrderAccepted
            )
            assert proxy.accepted == lines
            assert leg_of(await client.get_positions(["BTCUSDT"]), LONG).quantity == 2 * QUANTITY


def _has_socket(client: BybitClient) -> bool:
    trade = client._rest.trade
    return trade is not None and trade.is_up
