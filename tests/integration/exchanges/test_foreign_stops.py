"""Stops that somebody else placed on our account, where stops are orders of their own: left alone,
counted on by nothing of ours, and told as what they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import ExchangeSnapshot, OrderReport, ProtectionSet, StopKind
from bot_trading.exchanges.binance import requests as binance
from bot_trading.exchanges.binance.client import BinanceClient
from bot_trading.exchanges.okx import requests as okx
from bot_trading.exchanges.okx.client import OkxClient
from bot_trading.exchanges.okx.rest import Group
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


async def _place_as_before(client: object, leg_id: LegId, stop: Decimal) -> None:
    """A stop as an earlier release named it: without the tag, on OKX without any name."""
    if isinstance(client, BinanceClient):
        named, quantity = "sl-64a1b2c3d4e5f-1", Decimal("0.010")
        params = binance.stop_params(leg_id, StopKind.STOP_LOSS, stop, quantity, named)
        placed = await client._rest.send("POST", binance.ALGO_PATH, params, urgent=True)
        assert placed.code == 0, placed
        return
    assert isinstance(client, OkxClient)
    stops = okx.Stops(stop_loss=stop, take_profit=None)
    body = json.loads(okx.stops_body(leg_id, "BTC-USDT-SWAP", "cross", stops, None, "x"))
    del body["algoClOrdId"]
    path, group = "/api/v5/trade/order-algo", Group.PROTECT
    reply = await client._rest.send(path, json.dumps(body).encode(), group, urgent=True)
    assert reply.verdict[0] == "0", reply


@each_venue
async def test_a_stop_of_an_earlier_release_is_ours_at_any_price_that_it_had(
    venue: Venue, market: Market
) -> None:
    """The last level was decided and never set: what rests covers the leg, is moved and goes; at a
    price that nobody asked for it stays a stranger's."""
    keys = market.account(venue)
    async with living(venue, market.client(venue, keys, core_tag="abc123")) as life:
        await life.filled(life.order("longin", venue.long))
        resting, decided, other = life.near("0.7"), life.near("0.75"), life.near("0.6")
        await _place_as_before(life.client, venue.long, resting)
        await life.rests(venue.long, "0.010", None, None)
    levels = [
        LegProtection(leg_id=venue.long, stop_loss=stop, take_profit=None)
        for stop in (decided, resting)
    ]
    client = market.client(venue, keys, core_tag="abc123")
    assert isinstance(client, Recalls)
    client.recall((), levels[:1])
    async with living(venue, client) as life:
        await life.rests(venue.long, "0.010", None, None)
    client = market.client(venue, keys, core_tag="abc123")
    assert isinstance(client, Recalls)
    client.recall((), [*levels, replace(levels[0], stop_loss=other)])
    async with living(venue, client) as life:
        await life.rests(venue.long, "0.010", resting, None)
        assert isinstance(await life.client.set_protection(levels[0]), ProtectionSet)
        await life.rests(venue.long, "0.010", decided, None)
        left = [each.trigger_price for each in (await life.snapshot()).open_orders]
        assert left == [decided]
        bare = replace(levels[0], stop_loss=None)
        assert isinstance(await life.client.set_protection(bare), ProtectionSet)
        await life.nothing_rests()
