"""`BybitClient` trades a whole hedge life against the exchange simulator over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TypeVar

import pytest

from bot_trading.clock import now_us
from bot_trading.domain.account import PositionMode
from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.messages import CancelOrder, Event, QueryOrder, StreamDown, StreamUp
from bot_trading.domain.order import (
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
)
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    BalanceReport,
    CandleClosed,
    ExchangeSnapshot,
    FillReport,
    LegReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionSet,
    QuoteSeen,
    StopKind,
)
from bot_trading.errors import AuthRejected, PositionModeMismatch
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import Credentials
from tests.builders.intents import LONG, SHORT, approved
from tests.builders.running_simulator import Simulator, running_simulator
from tests.builders.tcp_proxy import TcpProxy
from tests.builders.waiting import wait_until

BTC = InstrumentId("bybit", "BTCUSDT")
QUANTITY = Decimal("0.010")
E = TypeVar("E")


class Life:
    """An open client with running streams, and everything that they said."""

    def __init__(self, client: BybitClient, price: Decimal) -> None:
        self.client = client
        self.price = price
        self.events: list[Event] = []

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def near(self, ratio: str) -> Decimal:
        """The price times a ratio, on the tick grid."""
        return (self.price * Decimal(ratio)).quantize(Decimal("0.1"))

    async def snapshot(self) -> ExchangeSnapshot:
        """Everything, with the fills of the last week of the market."""
        quote = self.of(QuoteSeen)[-1].quote
        return await self.client.take_snapshot(["BTCUSDT"], quote.ts_event_us - 86_400_000_000)

    async def settled(self, client_order_id: str, status: OrderStatus) -> OrderReport:
        """The streamed report of an order once it has reached a status."""

        def found() -> list[OrderReport]:
            return [
                report
                for report in self.of(OrderReport)
                if report.client_order_id == client_order_id and report.status is status
            ]

        await wait_until(found)
        return found()[-1]


@asynccontextmanager
async def living(client: BybitClient) -> AsyncIterator[Life]:
    """Open a client, run its streams, wait until they are up and prices are known."""
    await client.open()
    candles = await client.get_candles(BTC, 300, 5)
    life = Life(client, candles[-1].close)
    task = asyncio.create_task(client.run_streams(["BTCUSDT"], 300, life.events.append))
    try:
        await wait_until(lambda: life.of(StreamUp) and life.of(QuoteSeen))
        yield life
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.close()


def leg_of(legs: Sequence[LegReport], leg_id: LegId) -> LegReport:
    """One leg among several."""
    return next(leg for leg in legs if leg.leg_id == leg_id)


async def test_a_whole_hedge_life_on_both_legs() -> None:
    """Open both legs, protect, move a stop, close in parts; streams and snapshot agree."""
    async with running_simulator("--speed", "60") as simulator, living(simulator.client()) as life:
        client = life.client
        await client.set_leverage("BTCUSDT", Decimal(5))
        stop, target = life.near("0.9"), life.near("1.1")
        entry = approved("long-in", reference_px=life.price, stop_loss=stop, take_profit=target)
        assert isinstance(await client.place_order(entry), OrderAccepted)
        short = approved("short-in", leg_id=SHORT, side=OrderSide.SELL, reference_px=life.price)
        assert isinstance(await client.place_order(short), OrderAccepted)
        await life.settled("long-in", OrderStatus.FILLED)
        await life.settled("short-in", OrderStatus.FILLED)

        protection = LegProtection(leg_id=SHORT, stop_loss=life.near("1.1"), take_profit=None)
        for _ in range(2):  # The second time nothing is modified, which is success too.
            assert isinstance(await client.set_protection(protection), ProtectionSet)

        snapshot = await life.snapshot()
        assert snapshot.account.position_mode is PositionMode.HEDGE
        long_leg, short_leg = leg_of(snapshot.legs, LONG), leg_of(snapshot.legs, SHORT)
        assert (long_leg.quantity, short_leg.quantity) == (QUANTITY, QUANTITY)
        assert (long_leg.stop_loss, long_leg.take_profit) == (stop, target)
        assert (short_leg.stop_loss, short_leg.take_profit) == (protection.stop_loss, None)
        stops = sorted(
            (order.position_idx.value, str(order.stop_kind)) for order in snapshot.open_orders
        )
        assert stops == [
            (1, StopKind.STOP_LOSS.value),
            (1, StopKind.TAKE_PROFIT.value),
            (2, StopKind.STOP_LOSS.value),
        ]

        half = approved(
            "long-half",
            side=OrderSide.SELL,
            reduce_only=True,
            quantity=Decimal("0.004"),
            reference_px=life.price,
        )
        assert isinstance(await client.place_order(half), OrderAccepted)
        await life.settled("long-half", OrderStatus.FILLED)
        rest = approved(
            "short-out",
            leg_id=SHORT,
            side=OrderSide.BUY,
            reduce_only=True,
            reference_px=life.price,
        )
        assert isinstance(await client.place_order(rest), OrderAccepted)
        await life.settled("short-out", OrderStatus.FILLED)

        snapshot = await life.snapshot()
        assert leg_of(snapshot.legs, LONG).quantity == Decimal("0.006")
        assert leg_of(snapshot.legs, SHORT).quantity == 0
        assert {order.position_idx.value for order in snapshot.open_orders} == {1}
        await wait_until(lambda: len(life.of(FillReport)) >= len(snapshot.fills))
        streamed = {fill.trade_id: (fill.last_qty, fill.last_px) for fill in life.of(FillReport)}
        listed = {fill.trade_id: (fill.last_qty, fill.last_px) for fill in snapshot.fills}
        assert streamed == listed
        assert life.of(BalanceReport)
        assert not client.unsupported


async def test_fills_rebuild_each_leg() -> None:
    """Every fill of ours names its leg, and signed quantities sum to what the exchange holds."""
    async with running_simulator("--speed", "60") as simulator, living(simulator.client()) as life:
        for number, (leg, side, closes) in enumerate(
            [
                (LONG, OrderSide.BUY, False),
                (SHORT, OrderSide.SELL, False),
                (LONG, OrderSide.BUY, False),
                (SHORT, OrderSide.BUY, True),
            ]
        ):
            order = approved(
                f"order-{number}",
                leg_id=leg,
                side=side,
                reduce_only=closes,
                reference_px=life.price,
            )
            assert isinstance(await life.client.place_order(order), OrderAccepted)
            await life.settled(f"order-{number}", OrderStatus.FILLED)
        snapshot = await life.snapshot()
        for leg_id, opens in ((LONG, OrderSide.BUY), (SHORT, OrderSide.SELL)):
            held = sum(
                fill.last_qty if fill.side is opens else -fill.last_qty
                for fill in snapshot.fills
                if fill.position_idx is leg_id.position_idx
            )
            assert held == leg_of(snapshot.legs, leg_id).quantity
        assert all(fill.position_idx is not None for fill in snapshot.fills)
        stranger = simulator.client()
        await stranger.open()
        seen = (await stranger.take_snapshot(["BTCUSDT"], 0)).fills
        await stranger.close()
        closing = [fill for fill in seen if fill.closed_qty]
        assert len(seen) == len(snapshot.fills)
        assert {fill.side for fill in closing} == {OrderSide.BUY}


async def test_a_resting_order_is_modified_and_canceled() -> None:
    """Limit far from the market: rests, moves, goes, and cannot be canceled twice."""
    async with running_simulator("--speed", "1") as simulator, living(simulator.client()) as life:
        resting = approved(
            "rests",
            order_type=OrderType.LIMIT,
            price=life.near("0.9"),
            post_only=True,
            reference_px=life.price,
        )
        accepted = await life.client.place_order(resting)
        assert isinstance(accepted, OrderAccepted)
        await life.settled("rests", OrderStatus.ACCEPTED)
        intent = resting.intent
        order = Order(
            client_order_id="rests",
            leg_id=LONG,
            side=intent.side,
            order_type=intent.order_type,
            quantity=intent.quantity,
            status=OrderStatus.ACCEPTED,
            origin=OrderOrigin.BOT,
            purpose=OrderPurpose.ENTRY,
        )
        moved = await life.client.modify_order(
            order, price=life.near("0.89"), quantity=Decimal("0.02")
        )
        assert isinstance(moved, OrderAccepted)
        found = await life.client.query_order(QueryOrder(leg_id=LONG, client_order_id="rests"))
        assert not isinstance(found, OrderNotFound)
        assert found[0] is not None
        assert (found[0].price, found[0].quantity) == (life.near("0.89"), Decimal("0.02"))
        cancel = CancelOrder(
            leg_id=LONG, client_order_id="rests", exchange_order_id=accepted.exchange_order_id
        )
        assert isinstance(await life.client.cancel_order(cancel), OrderAccepted)
        await life.settled("rests", OrderStatus.CANCELED)
        again = await life.client.cancel_order(cancel)
        assert isinstance(again, OrderRejected)
        assert again.code == "110001"


async def test_closing_a_flat_leg_is_refused() -> None:
    """Reduce-only with nothing to reduce: the exchange's own code arrives."""
    async with running_simulator("--speed", "1") as simulator, living(simulator.client()) as life:
        order = approved("out", side=OrderSide.SELL, reduce_only=True, reference_px=life.price)
        answer = await life.client.place_order(order)
        assert isinstance(answer, OrderRejected)
        assert answer.code == "110017"


async def test_closed_candles_stream_on_from_history() -> None:
    """The first streamed candle continues the history that was read."""
    async with (
        running_simulator("--speed", "300") as simulator,
        living(simulator.client()) as life,
    ):
        await wait_until(lambda: len(life.of(CandleClosed)) >= 2, timeout_s=20)
        history = await life.client.get_candles(BTC, 300, 50)
        streamed = [event.candle for event in life.of(CandleClosed)]
    opens = [candle.open_us for candle in history]
    assert opens == list(range(opens[0], opens[0] + 50 * 300_000_000, 300_000_000))
    assert streamed[0] in history
    assert streamed[1].open_us - streamed[0].open_us == 300_000_000


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
