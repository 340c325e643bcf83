"""`BybitClient` trades a whole hedge life against the exchange simulator over real sockets."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.account import PositionMode
from bot_trading.domain.messages import CancelOrder, QueryOrder
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
    FillReport,
    OrderAccepted,
    OrderNotFound,
    OrderRejected,
    ProtectionSet,
    StopKind,
)
from tests.builders.bybit_life import BTC, QUANTITY, leg_of, living
from tests.builders.intents import LONG, SHORT, approved
from tests.builders.running_simulator import running_simulator
from tests.builders.waiting import wait_until


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
