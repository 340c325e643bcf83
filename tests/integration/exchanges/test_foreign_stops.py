"""Stops that somebody else placed on our account, where stops are orders of their own: left alone,
counted on by nothing of ours, and told as what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import ExchangeSnapshot, OrderReport, ProtectionSet
from bot_trading.ports import Recalls
from tests.builders.client_contract import VENUES, Market, Venue, living, running_market

each_venue = pytest.mark.parametrize(
    "venue", [each for each in VENUES if each.exchange != "bybit"], ids=lambda each: each.exchange
)
LATER_S = 6.0  # Longer than a client waits before it takes away a stop that outlived its leg.


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    """Every exchange, with accounts in hedge mode."""
    with running_market() as running:
        yield running


def _others(snapshot: ExchangeSnapshot) -> list[OrderReport]:
    return [order for order in snapshot.open_orders if order.stop_kind is None]


@each_venue
async def test_a_stop_of_another_is_never_touched(venue: Venue, market: Market) -> None:
    """Ours is set, moved and taken away beside it, and a leg is not covered by what is not ours."""
    keys = market.account(venue)
    async with living(venue, market.client(venue, keys, core_tag="abc123")) as life:
        await life.filled(life.order("longin", venue.long))
        async with living(venue, market.client(venue, keys, core_tag="def456")) as person:
            theirs = LegProtection(leg_id=venue.long, stop_loss=life.near("0.7"), take_profit=None)
            assert isinstance(await person.client.set_protection(theirs), ProtectionSet)
        await life.rests(venue.long, "0.010", None, None)
        [told] = _others(await life.snapshot())
        assert (told.trigger_price, told.reduce_only) == (theirs.stop_loss, True)
        for ratio in ("0.8", "0.85"):
            stop = life.near(ratio)
            ours = LegProtection(leg_id=venue.long, stop_loss=stop, take_profit=life.near("1.3"))
            assert isinstance(await life.client.set_protection(ours), ProtectionSet)
            await life.rests(venue.long, "0.010", stop, ours.take_profit)
            assert [each.trigger_price for each in _others(await life.snapshot())] == [
                theirs.stop_loss
            ]
        bare = LegProtection(leg_id=venue.long, stop_loss=None, take_profit=None)
        assert isinstance(await life.client.set_protection(bare), ProtectionSet)
        await asyncio.sleep(LATER_S)
        left = (await life.snapshot()).open_orders
        assert [(each.trigger_price, each.stop_kind) for each in left] == [(theirs.stop_loss, None)]


@each_venue
async def test_the_next_start_of_a_core_knows_its_stops(venue: Venue, market: Market) -> None:
    """They cover the leg, and are taken away like any other."""
    keys = market.account(venue)
    async with living(venue, market.client(venue, keys, core_tag="abc123")) as life:
        stop = life.near("0.8")
        await life.filled(life.order("longin", venue.long, stop_loss=stop))
        await life.rests(venue.long, "0.010", stop, None)
    client = market.client(venue, keys, core_tag="abc123")
    assert isinstance(client, Recalls)
    async with living(venue, client) as life:
        await life.rests(venue.long, "0.010", stop, None)
        bare = LegProtection(leg_id=venue.long, stop_loss=None, take_profit=None)
        assert isinstance(await life.client.set_protection(bare), ProtectionSet)
        await life.nothing_rests()
