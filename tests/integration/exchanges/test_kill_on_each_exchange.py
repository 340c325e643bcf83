"""The kill switch at each exchange, on an account that the bot's own client has filled with orders:
entries go, the stop of an open leg stays, closing takes both, and nothing is left unsaid."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.clock import now_us
from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import ApprovedOrder, OrderStatus, OrderType, TimeInForce
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    OrderAccepted,
    OrderRejected,
    ProtectionSet,
    StopKind,
)
from bot_trading.exchanges.manager import TradingAccount
from bot_trading.exchanges.okx.clearing import AT_ONCE_MAX
from bot_trading.killing import KillOrder, KillReport, kill
from tests.builders.client_contract import VENUES, Life, Market, Venue, living, running_market
from tests.builders.core import risk_limits

each_venue = pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.exchange)
STOPS = (StopKind.STOP_LOSS, StopKind.TRAILING_STOP)


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    """Every exchange, with accounts in hedge mode."""
    with running_market() as running:
        yield running


class _ClosesNothing:
    """A client of an exchange that refuses every order, and does all else."""

    def __init__(self, client: TradingAccount) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def place_order(self, approved: ApprovedOrder) -> OrderRejected:
        """Refused, and for certain."""
        named = approved.intent.client_order_id
        return OrderRejected(client_order_id=named, code="busy", reason="busy", ts_init_us=now_us())


async def _filled_account(market: Market, venue: Venue) -> tuple[Mapping[str, str], Decimal]:
    """Keys of an account with a protected long and an entry that rests below; the long's stop."""
    keys = market.account(venue)
    async with living(venue, market.client(venue, keys)) as life:
        stop = life.near("0.8")
        await life.filled(life.order("longin", venue.long, stop_loss=stop))
        await life.rests(venue.long, "0.010", stop, None)
        answer = await life.client.place_order(_resting(life, "rests"))
        assert isinstance(answer, OrderAccepted)
    return keys, stop


def _resting(life: Life, name: str) -> ApprovedOrder:
    """An entry far below the market, with the stop that it would need."""
    order: ApprovedOrder = life.order(
        name,
        life.venue.long,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        price=life.near("0.9"),
        stop_loss=life.near("0.8"),
    )
    return order


async def _killed(client: Any, **parts: Any) -> tuple[KillReport, ExchangeSnapshot]:
    """What the switch says, and what a look of our own finds afterwards."""
    order = KillOrder(ident=f"k{now_us():x}", **parts)
    report = await kill(client, order, risk_limits(), now_us)
    return report, await client.take_snapshot((), now_us())


@each_venue
async def test_entries_go_the_stop_stays_and_closing_takes_both(
    venue: Venue, market: Market
) -> None:
    """A process of its own, with the bot gone, leaves a protected leg, and then nothing."""
    keys, stop = await _filled_account(market, venue)
    client = market.client(venue, keys)
    await client.open()
    try:
        report, seen = await _killed(client)
        assert (report.left, report.open_legs) == ((), 1)
        assert report.clean_ms is not None
        assert report.clean_ms < report.elapsed_ms
        assert {each.stop_kind for each in seen.open_orders} <= set(STOPS)
        assert [leg.stop_loss for leg in seen.legs if leg.quantity] == [stop]

        report, seen = await _killed(client, closes=True)
        assert report.left == ()
        assert seen.open_orders == ()
        assert [leg for leg in seen.legs if leg.quantity] == []
    finally:
        await client.close()


@each_venue
async def test_many_orders_go_in_few_requests_and_stops_stay(venue: Venue, market: Market) -> None:
    """More than one request takes; an order that was gone already hinders none of the others."""
    keys, stop = await _filled_account(market, venue)
    client: Any = market.client(venue, keys)
    async with living(venue, client) as life:
        for number in range(AT_ONCE_MAX + 1):
            order = _resting(life, f"many{number}")
            # What rests before an entry on Binance would be more than ten conditional orders.
            bare = replace(order, intent=replace(order.intent, stop_loss=None))
            assert isinstance(await client.place_order(bare), OrderAccepted)
        seen = (await life.snapshot()).open_orders
        gone = "many0"
        cancel = CancelOrder(leg_id=venue.long, client_order_id=gone, exchange_order_id=None)
        assert isinstance(await client.cancel_order(cancel), OrderAccepted)
        await life.settled(gone, OrderStatus.CANCELED)
        assert sum(each.stop_kind is None for each in seen) == AT_ONCE_MAX + 2
        await client.cancel_resting(seen)
        left = seen
        for _ in range(100):
            left = (await life.snapshot()).open_orders
            if all(each.stop_kind is not None for each in left):
                break
            await asyncio.sleep(0.05)
        assert {each.trigger_price for each in left} == {stop}
        await client.cancel_resting(left)
        assert (await life.leg(venue.long)).stop_loss == stop


@each_venue
async def test_a_leg_that_cannot_be_closed_keeps_its_stop(venue: Venue, market: Market) -> None:
    """Its close is refused: the leg is named, and what protects it rests on."""
    keys, stop = await _filled_account(market, venue)
    client = market.client(venue, keys)
    await client.open()
    try:
        report, seen = await _killed(_ClosesNothing(client), closes=True)
        assert report.left[0].startswith(f"{venue.long} still holds 0.01")
        assert any("busy" in sentence for sentence in report.left)
        assert [leg.stop_loss for leg in seen.legs if leg.quantity] == [stop]
    finally:
        await client.close()


@each_venue
async def test_an_open_leg_without_a_stop_is_named(venue: Venue, market: Market) -> None:
    """The switch sets none itself, and does not call such an account done."""
    keys, _ = await _filled_account(market, venue)
    client = market.client(venue, keys)
    await client.open()
    try:
        report, _ = await _killed(client)
        assert report.left == ()
        bare = LegProtection(leg_id=venue.long, stop_loss=None, take_profit=None)
        assert isinstance(await client.set_protection(bare), ProtectionSet)
        report, _ = await _killed(client)
        [sentence] = report.left
        assert sentence.startswith(f"{venue.long} holds 0.01")
        assert "without a stop" in sentence
    finally:
        await client.close()


@each_venue
async def test_an_order_that_comes_late_is_found(venue: Venue, market: Market) -> None:
    """The bot sends a last entry after the account was clean once."""
    keys, _ = await _filled_account(market, venue)
    async with living(venue, market.client(venue, keys)) as life:
        killing = asyncio.create_task(_killed(life.client, look_again_s=8.0))
        await life.settled("rests", OrderStatus.CANCELED)
        assert isinstance(await life.client.place_order(_resting(life, "late")), OrderAccepted)
        report, seen = await killing
        assert report.left == ()
        assert {each.stop_kind for each in seen.open_orders} <= set(STOPS)
