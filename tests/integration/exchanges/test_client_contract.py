"""What every exchange client promises, asked of each against the simulator over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot_trading.domain.account import PositionMode
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.messages import CancelOrder, QueryOrder, StreamDown, StreamUp
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    BalanceReport,
    CandleClosed,
    FillReport,
    LegReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    ProtectionSet,
    StopKind,
)
from bot_trading.errors import AuthRejected, ExchangeUnavailable, PositionModeMismatch
from tests.builders.client_contract import (
    INTERVAL_S,
    SYMBOL,
    VENUES,
    Life,
    Market,
    Venue,
    living,
    running_market,
)
from tests.builders.tcp_proxy import TcpProxy
from tests.builders.waiting import wait_until

each_venue = pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.exchange)
QUANTITY = Decimal("0.010")


def _plan(folder: Path, *rules: str) -> str:
    path = folder / "faults.yaml"
    path.write_text("seed: 7\nfaults:\n" + "".join(f"  - {rule}\n" for rule in rules))
    return str(path)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A market whose takers are filled in three pieces."""
    plan = _plan(tmp_path_factory.mktemp("contract"), "{fault: F18, pieces: 3}")
    with running_market("--faults", plan) as running:
        yield running


@pytest.fixture(scope="module")
def strict_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """One-way accounts; the first look at each key comes too late for the exchange's clock."""
    rules = (
        f'{{fault: F10, market: {venue.exchange}, where: "{venue.key_place}", times: 1}}'
        for venue in VENUES
    )
    plan = _plan(tmp_path_factory.mktemp("strict"), *rules)
    with running_market("--position-mode", "one-way", "--faults", plan) as running:
        yield running


@pytest.fixture(scope="module")
def generous_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """Keys that may withdraw."""
    with running_market("--rule", "key_may_withdraw=true") as running:
        yield running


@each_venue
async def test_open_refuses_a_clock_and_then_one_way_mode(
    venue: Venue, strict_market: Market
) -> None:
    """A time that the exchange refuses, and legs that it would not keep apart, are told as such."""
    with pytest.raises(AuthRejected, match="synchronise"):
        await strict_market.client(venue).open()
    with pytest.raises(PositionModeMismatch, match="hedge"):
        await strict_market.client(venue).open()


@each_venue
async def test_open_refuses_a_key_that_may_withdraw(venue: Venue, generous_market: Market) -> None:
    """A trading bot holds no key to the money itself."""
    with pytest.raises(AuthRejected, match="withdraw"):
        await generous_market.client(venue).open()


@each_venue
async def test_open_refuses_wrong_keys_without_showing_them(venue: Venue, market: Market) -> None:
    """Unknown key, wrong secret: refused in one sentence that holds no secret."""
    right = market.account(venue)
    for wrong in ({"api_key": "nobody"}, {"api_secret": "not-the-secret-at-all"}):
        with pytest.raises(AuthRejected) as raised:
            await market.client(venue, {**right, **wrong}).open()
        assert "not-the-secret" not in str(raised.value)
        assert right["api_secret"] not in str(raised.value)


@each_venue
async def test_nobody_there_is_unavailable_and_sends_nothing(venue: Venue, market: Market) -> None:
    """Open raises, an order is answered as not sent, and nothing of either hangs."""
    async with TcpProxy(market.port(venue)) as proxy:
        port = proxy.port
    client = market.client(venue, via_port=port)
    with pytest.raises(ExchangeUnavailable):
        await client.open()
    answer = await client.place_order(_life(venue, client).order("neverleft", venue.long))
    assert isinstance(answer, OrderRejected)
    assert answer.code == "not sent"


@each_venue
async def test_both_legs_live_their_own_lives(venue: Venue, market: Market) -> None:
    """Entries with protection, moved and taken away on one leg, never touch the other leg.

    Pain 2: long and short of one symbol cannot be held apart, or only by two accounts."""
    async with living(venue, market.client(venue)) as life:
        client, long, short = life.client, venue.long, venue.short
        await client.set_leverage(SYMBOL, Decimal(5))
        low, high = life.near("0.9"), life.near("1.1")
        await life.filled(life.order("longin", long, stop_loss=low, take_profit=high))
        await life.filled(life.order("shortin", short, stop_loss=high, take_profit=low))
        await life.rests(long, "0.010", low, high)
        await life.rests(short, "0.010", high, low)

        tighter = LegProtection(leg_id=short, stop_loss=life.near("1.05"), take_profit=None)
        for _ in range(2):  # The second time it rests already, which is success too.
            assert isinstance(await client.set_protection(tighter), ProtectionSet)
        await life.rests(short, "0.010", tighter.stop_loss, None)
        await life.rests(long, "0.010", low, high)

        await life.filled(life.order("longmore", long, stop_loss=low, take_profit=high))
        await life.rests(long, "0.020", low, high)
        half = life.order("longhalf", long, closes=True, quantity=Decimal("0.015"))
        await life.filled(half)
        await life.rests(long, "0.005", low, high)
        snapshot = await life.snapshot()
        assert snapshot.account.position_mode is PositionMode.HEDGE
        assert snapshot.account.can_withdraw is False
        await _agrees(life, long, low, high)

        await life.filled(life.order("shortout", short, closes=True))
        await life.rests(short, "0", None, None)
        await life.rests(long, "0.005", low, high)
        await life.filled(life.order("longout", long, closes=True, quantity=Decimal("0.005")))
        await wait_until(lambda: _no_leg_left(life))
        await life.nothing_rests()
        assert not client.unsupported  # type: ignore[attr-defined]


def _no_leg_left(life: Life) -> bool:
    newest = {leg.leg_id: leg.quantity for leg in life.of(LegReport)}
    return set(newest) == {life.venue.long, life.venue.short} and not any(newest.values())


async def _agrees(life: Life, leg_id: object, stop: Decimal, target: Decimal) -> None:
    """The resting orders that a snapshot lists are the protection that its leg names."""
    snapshot = await life.snapshot()
    resting = [order for order in snapshot.open_orders if order.stop_kind is not None]
    ours = {
        (order.stop_kind, order.trigger_price)
        for order in resting
        if order.position_idx is life.venue.long.position_idx
    }
    assert ours == {(StopKind.STOP_LOSS, stop), (StopKind.TAKE_PROFIT, target)}
    assert all(order.client_order_id == "" for order in resting)
    assert {order.status for order in resting} == {OrderStatus.UNTRIGGERED}
    held = next(leg for leg in snapshot.legs if leg.leg_id == leg_id)
    signed = sum(
        fill.last_qty if fill.side is OrderSide.BUY else -fill.last_qty
        for fill in snapshot.fills
        if fill.client_order_id.startswith("long")
    )
    assert signed == held.quantity
    streamed = {fill.trade_id: (fill.last_qty, fill.last_px) for fill in life.of(FillReport)}
    listed = {fill.trade_id: (fill.last_qty, fill.last_px) for fill in snapshot.fills}
    assert streamed == listed


@each_venue
async def test_partial_fills_are_told_one_by_one(venue: Venue, market: Market) -> None:
    """Cumulative quantities grow, every piece is a trade of its own, and streams tell it all."""
    async with living(venue, market.client(venue)) as life:
        last = await life.filled(life.order("pieces", venue.short))
        assert last.filled_qty == QUANTITY
        fills = {fill.trade_id for fill in life.of(FillReport)}
        assert len(fills) >= 3
        found = await life.client.query_order(
            QueryOrder(leg_id=venue.short, client_order_id="pieces")
        )
        assert not isinstance(found, OrderNotFound)
        report, listed = found
        assert report is not None
        assert (report.status, report.filled_qty) == (OrderStatus.FILLED, QUANTITY)
        assert {fill.trade_id for fill in listed} == fills
        await wait_until(lambda: life.of(BalanceReport) and life.of(LegReport))
        assert (await life.leg(venue.short)).quantity == QUANTITY
        assert (await life.leg(venue.long)).quantity == 0
        balance = life.of(BalanceReport)[-1].balance
        assert balance.wallet_balance < 100_000
        assert balance.available < balance.equity


@each_venue
async def test_a_resting_order_lives_once(venue: Venue, market: Market) -> None:
    """Sent twice it exists once; canceled it is gone; what never was is not found."""
    async with living(venue, market.client(venue)) as life:
        client = life.client
        resting = life.order(
            "rests", venue.long, order_type=OrderType.LIMIT, price=life.near("0.9"), post_only=True
        )
        accepted = await client.place_order(resting)
        assert isinstance(accepted, OrderAccepted)
        await life.settled("rests", OrderStatus.ACCEPTED)
        again = await client.place_order(resting)
        assert isinstance(again, OrderAccepted)
        assert again.exchange_order_id == accepted.exchange_order_id
        snapshot = await life.snapshot()
        listed = [(order.client_order_id, order.status) for order in snapshot.open_orders]
        assert listed == [("rests", OrderStatus.ACCEPTED)]

        cancel = CancelOrder(
            leg_id=venue.long,
            client_order_id="rests",
            exchange_order_id=accepted.exchange_order_id,
        )
        assert isinstance(await client.cancel_order(cancel), OrderAccepted)
        await life.settled("rests", OrderStatus.CANCELED)
        assert isinstance(await client.cancel_order(cancel), OrderRejected)
        found = await client.query_order(QueryOrder(leg_id=venue.long, client_order_id="rests"))
        assert not isinstance(found, OrderNotFound)
        assert found[0] is not None
        assert (found[0].status, found[1]) == (OrderStatus.CANCELED, ())
        absent = await client.query_order(QueryOrder(leg_id=venue.long, client_order_id="never"))
        assert isinstance(absent, OrderNotFound)


@each_venue
async def test_what_cannot_be_is_rejected_with_the_exchanges_code(
    venue: Venue, market: Market
) -> None:
    """Closing a flat leg, more money than there is: refused for certain, nothing exists."""
    async with living(venue, market.client(venue)) as life:
        closing = life.order("closesnothing", venue.long, closes=True)
        huge = life.order(
            "huge",
            venue.short,
            quantity=Decimal(90),
            order_type=OrderType.LIMIT,
            price=life.near("1.05"),
        )
        for order in (closing, huge):
            answer = await life.client.place_order(order)
            assert isinstance(answer, OrderRejected), answer
            assert answer.code.lstrip("-").isdigit()
        await life.nothing_rests()


@each_venue
async def test_a_cancel_that_races_a_fill_has_one_end(venue: Venue, market: Market) -> None:
    """Whoever wins, order, fills and leg tell the same quantity."""
    async with living(venue, market.client(venue)) as life:
        for number, ratio in enumerate(("1.001", "1.0001", "1", "0.9999")):
            named = f"race{number}"
            order = life.order(
                named, venue.long, order_type=OrderType.LIMIT, price=life.near(ratio)
            )
            cancel = CancelOrder(leg_id=venue.long, client_order_id=named, exchange_order_id=None)
            placed = await life.client.place_order(order)
            assert isinstance(placed, OrderAccepted)
            await life.client.cancel_order(cancel)
            end = await life.settled(named, OrderStatus.FILLED, OrderStatus.CANCELED)
            await life.told(end)
        sums = sum((life.filled_qty(f"race{number}") for number in range(4)), Decimal(0))
        assert (await life.leg(venue.long)).quantity == sums


@each_venue
async def test_a_lost_answer_is_unknown_until_asked(venue: Venue, market: Market) -> None:
    """Accepted, answer lost: nothing is sent again, asking settles it, the id names one order.

    Pain 1: an order that the exchange took is believed to have failed, after a time-out or an
    outage."""
    keys = market.account(venue)
    async with TcpProxy(market.port(venue)) as proxy:
        client = market.client(venue, keys, via_port=proxy.port)
        await client.open()
        candles = await client.get_candles(InstrumentId(venue.exchange, SYMBOL), INTERVAL_S, 1)
        life = Life(venue, client, candles[-1].close)
        lost = life.order("lost", venue.long)
        proxy.loses_answers = True
        assert isinstance(await client.place_order(lost), OrderOutcomeUnknown)
        assert proxy.answers_lost == 1
        proxy.loses_answers = False
        found = await client.query_order(QueryOrder(leg_id=venue.long, client_order_id="lost"))
        assert not isinstance(found, OrderNotFound)
        report, fills = found
        assert report is not None
        assert report.status is OrderStatus.FILLED
        assert sum(fill.last_qty for fill in fills) == QUANTITY
        again = await client.place_order(lost)
        assert isinstance(again, OrderAccepted)
        assert again.exchange_order_id == report.exchange_order_id
        assert (await life.leg(venue.long)).quantity == QUANTITY
        await client.close()


@each_venue
async def test_what_rests_is_found_again_by_another_client(venue: Venue, market: Market) -> None:
    """A bot that starts again reads the stops of the one before, and can move them."""
    keys = market.account(venue)
    async with living(venue, market.client(venue, keys)) as before:
        low, high = before.near("0.9"), before.near("1.1")
        await before.filled(before.order("in", venue.long, stop_loss=low, take_profit=high))
        await before.rests(venue.long, "0.010", low, high)
    async with living(venue, market.client(venue, keys)) as after:
        await after.rests(venue.long, "0.010", low, high)
        moved = LegProtection(
            leg_id=venue.long, stop_loss=after.near("0.95"), take_profit=after.near("1.08")
        )
        assert isinstance(await after.client.set_protection(moved), ProtectionSet)
        await after.rests(venue.long, "0.010", moved.stop_loss, moved.take_profit)
        await after.rests_only(moved)
        await after.filled(after.order("out", venue.long, closes=True))
        await after.nothing_rests()


@each_venue
async def test_cut_streams_come_back_and_nothing_is_missed(venue: Venue, market: Market) -> None:
    """Down is told, up comes again, and what happened meanwhile is in the snapshot."""
    keys = market.account(venue)
    async with (
        TcpProxy(market.port(venue)) as proxy,
        living(venue, market.client(venue, keys, via_port=proxy.port)) as life,
    ):
        elsewhere = market.client(venue, keys)
        await elsewhere.open()
        proxy.is_refusing = True
        proxy.cut()
        await wait_until(lambda: life.of(StreamDown))
        assert life.of(StreamDown)[0].exchange == venue.exchange
        meanwhile = life.order("meanwhile", venue.long)
        assert isinstance(await elsewhere.place_order(meanwhile), OrderAccepted)
        await elsewhere.close()
        ups = len(life.of(StreamUp))
        proxy.is_refusing = False
        await wait_until(lambda: len(life.of(StreamUp)) > ups)
        snapshot = await life.snapshot()
        held = next(leg for leg in snapshot.legs if leg.leg_id == venue.long)
        assert held.quantity == QUANTITY
        assert {fill.client_order_id for fill in snapshot.fills} == {"meanwhile"}
        assert {fill.position_idx or venue.long.position_idx for fill in snapshot.fills} == {
            venue.long.position_idx
        }
        await life.filled(life.order("after", venue.long))


@each_venue
async def test_closed_candles_stream_on_from_history(venue: Venue, market: Market) -> None:
    """The first streamed candle continues the history that was read, without a gap, and older
    pages of it are read by the instant until which they close."""
    async with living(venue, market.client(venue)) as life:
        await wait_until(lambda: len(life.of(CandleClosed)) >= 2)
        history = await life.client.get_candles(
            InstrumentId(venue.exchange, SYMBOL), INTERVAL_S, 50
        )
        older = await life.client.get_candles(
            InstrumentId(venue.exchange, SYMBOL), INTERVAL_S, 20, until_us=history[-10].open_us
        )
        tell, instrument_id = life.client.get_funding_rates, InstrumentId(venue.exchange, SYMBOL)
        rates = await tell(instrument_id, 3)
        earlier = await tell(instrument_id, 2, until_us=rates[-1].ts_settled_us - 1)
        last = await tell(instrument_id, 1, until_us=rates[0].ts_settled_us)
        before_all = await tell(instrument_id, 5, until_us=1_000_000)
        streamed = [event.candle for event in life.of(CandleClosed)]
    step_us = INTERVAL_S * 1_000_000
    opens = [candle.open_us for candle in history]
    assert opens == list(range(opens[0], opens[0] + 50 * step_us, step_us))
    assert older == history[-30:-10]
    assert streamed[0] in history
    assert streamed[1].open_us - streamed[0].open_us == step_us
    assert len(rates) == 3
    assert rates[0].ts_settled_us < rates[1].ts_settled_us < rates[2].ts_settled_us
    assert last == rates[:1]
    assert set(earlier) <= set(rates[:2])
    assert earlier or venue.exchange == "binance"  # Its window is made for hourly settlements.
    assert before_all == ()


def _life(venue: Venue, client: object) -> Life:
    return Life(venue, client, Decimal(60_000))  # type: ignore[arg-type]
