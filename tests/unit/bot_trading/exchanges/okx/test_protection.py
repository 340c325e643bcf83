"""Protection of legs against the simulator: exact, never absent, and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.order import OrderSide, OrderStatus
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    FillReport,
    LegReport,
    OrderAccepted,
    OrderReport,
    ProtectionRefused,
    ProtectionSet,
    QuoteSeen,
    StopKind,
)
from bot_trading.errors import ExchangeUnavailable
from bot_trading.exchanges.http import HttpAnswer, HttpTransport, RequestNotSent
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.okx.client import OkxClient
from bot_trading.exchanges.okx.config import Credentials, OkxConfig
from tests.builders.client_contract import VENUES, Life, Market, living, running_market
from tests.builders.intents import approved
from tests.builders.waiting import wait_until

VENUE = next(venue for venue in VENUES if venue.exchange == "okx")
LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("okx", "BTCUSDT", PositionIdx.SHORT)
SHAPES = ("both", "loss", "profit", "none")
CHANGES = {True: 2, False: 5}  # An amendment is one change; a bridge takes four.


class Breaking(HttpTransport):
    """A line that is cut at its n-th change of a stop: before it left, or when it had arrived."""

    left = 10**9
    arrives = False

    async def post(
        self, path: str, body: bytes, headers: Mapping[str, str], timeout_ms: int
    ) -> HttpAnswer:
        """Pass a request on, until the line breaks."""
        if "algo" not in path:
            return await super().post(path, body, headers, timeout_ms)
        Breaking.left -= 1
        if Breaking.left < 0 and not Breaking.arrives:
            raise RequestNotSent("the line is cut")
        answer = await super().post(path, body, headers, timeout_ms)
        if Breaking.left < 0:
            raise ExchangeUnavailable("the line was cut before the answer came")
        return answer


@pytest.fixture(scope="module")
def market() -> Iterator[Market]:
    """A market of its own, without faults."""
    with running_market() as running:
        yield running


@pytest.fixture(autouse=True)
def whole_line() -> Iterator[None]:
    """Every test begins and ends with a line that holds."""
    Breaking.left = 10**9
    yield
    Breaking.left = 10**9


def client_of(market: Market, keys: Mapping[str, str]) -> OkxClient:
    """A client over the line that can break, without streams: it knows what it asks."""
    plain = market.client(VENUE, keys)
    assert isinstance(plain, OkxClient)
    config: OkxConfig = plain._config
    credentials = Credentials(
        api_key=keys["api_key"],
        api_secret=keys["api_secret"],
        passphrase=plain._rest.credentials.passphrase,
    )
    network = Network(http=Breaking, connect=REAL_NETWORK.connect)
    return OkxClient(config, credentials, network=network)


async def price_of(client: OkxClient) -> Decimal:
    """The last closed price."""
    candles = await client.get_candles(InstrumentId("okx", "BTCUSDT"), 60, 1)
    return candles[-1].close


def wanted(leg_id: LegId, shape: str, price: Decimal, away: str = "0.1") -> LegProtection:
    """A stop loss, a take profit, both or none, a part of the price away."""
    far = Decimal(away) if leg_id.is_long else -Decimal(away)
    low = (price * (1 - far)).quantize(Decimal("0.1"))
    high = (price * (1 + far)).quantize(Decimal("0.1"))
    return LegProtection(
        leg_id=leg_id,
        stop_loss=low if shape in ("both", "loss") else None,
        take_profit=high if shape in ("both", "profit") else None,
    )


async def open_leg(
    client: OkxClient, name: str, leg_id: LegId, quantity: str, **parts: Decimal
) -> None:
    """Open a leg at the market and wait until it is held."""
    side = OrderSide.BUY if leg_id.is_long else OrderSide.SELL
    order = approved(name, leg_id=leg_id, side=side, quantity=Decimal(quantity), **parts)
    assert isinstance(await client.place_order(order), OrderAccepted)
    await held(client, leg_id, quantity)


async def close_leg(client: OkxClient, name: str, leg_id: LegId, quantity: str) -> None:
    """Close a part of a leg at the market."""
    side = OrderSide.SELL if leg_id.is_long else OrderSide.BUY
    order = approved(name, leg_id=leg_id, side=side, quantity=Decimal(quantity), reduce_only=True)
    assert isinstance(await client.place_order(order), OrderAccepted)


async def held(client: OkxClient, leg_id: LegId, quantity: str) -> None:
    """Wait until a leg holds so much."""
    for _ in range(100):
        if (await leg(client, leg_id)).quantity == Decimal(quantity):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{leg_id} does not hold {quantity}")


async def leg(client: OkxClient, leg_id: LegId) -> LegReport:
    """What OKX says of a leg now."""
    legs = await client.get_positions(["BTCUSDT"])
    return next(each for each in legs if each.leg_id == leg_id)


async def resting(client: OkxClient, leg_id: LegId) -> list[tuple[Decimal | None, Decimal | None]]:
    """The orders of the algo service for a leg, as their prices."""
    return [
        (algo.stops.stop_loss, algo.stops.take_profit)
        for algo in await client._protector._resting(leg_id)
    ]


def exactly(protection: LegProtection) -> Sequence[tuple[Decimal | None, Decimal | None]]:
    """The one order that is this protection, or none."""
    both = (protection.stop_loss, protection.take_profit)
    return [] if both == (None, None) else [both]


async def test_every_change_of_shape_ends_in_exactly_what_was_wanted(market: Market) -> None:
    """From every kind of protection to every other, one order rests, and the other leg keeps its
    own."""
    client = client_of(market, market.account(VENUE))
    await client.open()
    price = await price_of(client)
    await open_leg(client, "long", LONG, "0.010")
    await open_leg(client, "short", SHORT, "0.020")
    apart = wanted(SHORT, "both", price)
    assert isinstance(await client.set_protection(apart), ProtectionSet)
    path = [first for pair in ((a, b) for a in SHAPES for b in SHAPES) for first in pair]
    for number, shape in enumerate(path):
        protection = wanted(LONG, shape, price, "0.1" if number % 2 else "0.12")
        assert isinstance(await client.set_protection(protection), ProtectionSet)
        assert await resting(client, LONG) == exactly(protection)
    assert {pair for pair in pairwise(path)} >= {(a, b) for a in SHAPES for b in SHAPES}
    assert await resting(client, SHORT) == exactly(apart)
    await client.close()


@pytest.mark.parametrize("arrives", [False, True], ids=["unsent", "unanswered"])
async def test_wherever_the_line_breaks_a_stop_rests(market: Market, arrives: bool) -> None:
    """At every step of every change between two stops the leg stays covered, and a client that
    starts anew makes exactly what is wanted of what it finds."""
    keys = market.account(VENUE)
    client = client_of(market, keys)
    await client.open()
    price = await price_of(client)
    await open_leg(client, "long", LONG, "0.010")
    with_stop = ("both", "loss")
    for before, after in [(a, b) for a in with_stop for b in with_stop]:
        for step in range(CHANGES[before == after]):
            old, new = wanted(LONG, before, price, "0.12"), wanted(LONG, after, price, "0.1")
            Breaking.left = 10**9
            assert isinstance(await client.set_protection(old), ProtectionSet)
            Breaking.left, Breaking.arrives = step, arrives
            answer = await client.set_protection(new)
            Breaking.left = 10**9
            assert (await leg(client, LONG)).stop_loss in (old.stop_loss, new.stop_loss)
            if isinstance(answer, ProtectionRefused):
                assert answer.code == ("unknown" if arrives or step else "not sent")
            else:
                assert await resting(client, LONG) == exactly(new)
            again = client_of(market, keys)
            await again.open()
            assert (await leg(again, LONG)).stop_loss in (old.stop_loss, new.stop_loss)
            assert isinstance(await again.set_protection(new), ProtectionSet)
            assert await resting(again, LONG) == exactly(new)
            await again.close()
    await client.close()


async def test_stops_of_entries_become_one(market: Market) -> None:
    """What entries carried gives way to what is wanted for the whole leg."""
    client = client_of(market, market.account(VENUE))
    await client.open()
    price = await price_of(client)
    first, second = wanted(SHORT, "both", price, "0.1"), wanted(SHORT, "both", price, "0.2")
    for name, each, total in (("one", first, "0.010"), ("two", second, "0.020")):
        order = approved(
            name,
            leg_id=SHORT,
            side=OrderSide.SELL,
            stop_loss=each.stop_loss,
            take_profit=each.take_profit,
        )
        assert isinstance(await client.place_order(order), OrderAccepted)
        await held(client, SHORT, total)
    both = await leg(client, SHORT)
    assert (both.stop_loss, both.take_profit) == (second.stop_loss, second.take_profit)
    assert isinstance(await client.set_protection(first), ProtectionSet)
    assert await resting(client, SHORT) == exactly(first)
    await client.close()


async def test_sized_stops_are_made_whole(market: Market) -> None:
    """A leg's sized stops become one that follows it, at the prices that cover it."""
    client = client_of(market, market.account(VENUE))
    await client.open()
    price = await price_of(client)
    stops = wanted(LONG, "both", price)
    parts = {"stop_loss": stops.stop_loss, "take_profit": stops.take_profit}
    await open_leg(client, "long", LONG, "0.010", **{k: v for k, v in parts.items() if v})
    await client._protector.make_whole(LONG)
    (whole,) = await client._protector._resting(LONG)
    assert whole.size is None
    assert (whole.stops.stop_loss, whole.stops.take_profit) == tuple(parts.values())
    await client._protector.make_whole(LONG)
    await client._protector.make_whole(SHORT)
    assert await resting(client, LONG) == exactly(stops)
    await close_leg(client, "part", LONG, "0.004")
    await held(client, LONG, "0.006")
    assert (await leg(client, LONG)).stop_loss == stops.stop_loss
    await close_leg(client, "rest", LONG, "0.006")
    await held(client, LONG, "0")
    assert await resting(client, LONG) == []
    assert await client._protector.listed_orphans() == []
    await client.close()


async def test_a_stop_beyond_the_price_is_refused_and_the_old_one_rests(market: Market) -> None:
    """A long leg's stop above the price cannot be: OKX says so, and nothing changed."""
    client = client_of(market, market.account(VENUE))
    await client.open()
    price = await price_of(client)
    await open_leg(client, "long", LONG, "0.010")
    old = wanted(LONG, "loss", price)
    beyond = wanted(LONG, "loss", price * Decimal("1.5"))
    naked = await client.set_protection(beyond)
    assert isinstance(naked, ProtectionRefused)
    assert naked.code.isdigit()
    assert isinstance(await client.set_protection(old), ProtectionSet)
    refused = await client.set_protection(beyond)
    assert isinstance(refused, ProtectionRefused)
    assert refused.code.isdigit()
    assert await resting(client, LONG) == exactly(old)
    await client.close()


async def test_a_flat_leg_takes_no_stop(market: Market) -> None:
    """OKX's own code for it arrives; taking away what is not there succeeds."""
    client = client_of(market, market.account(VENUE))
    await client.open()
    price = await price_of(client)
    refused = await client.set_protection(wanted(LONG, "both", price))
    assert isinstance(refused, ProtectionRefused)
    assert refused.code == "51023"
    assert isinstance(await client.set_protection(wanted(LONG, "none", price)), ProtectionSet)
    await client.close()


async def test_changes_of_one_leg_do_not_cross(market: Market) -> None:
    """Asked for at once, they are made one after the other, and the last one asked for rests."""
    client = client_of(market, market.account(VENUE))
    await client.open()
    price = await price_of(client)
    await open_leg(client, "long", LONG, "0.010")
    asked = [wanted(LONG, shape, price) for shape in ("both", "loss", "both", "profit", "loss")]
    answers = await asyncio.gather(*(client.set_protection(each) for each in asked))
    assert all(isinstance(answer, ProtectionSet) for answer in answers)
    assert await resting(client, LONG) == exactly(asked[-1])
    await client.close()


async def test_a_stop_that_fires_is_told_as_what_it_was(market: Market) -> None:
    """The stop ends, the order that it became is the exchange's own, and its fill names the leg."""
    async with living(VENUE, market.client(VENUE)) as life:
        await life.filled(life.order("in", LONG))
        near = _close_to(life)
        while not isinstance(await life.client.set_protection(near), ProtectionSet):
            near = _close_to(life)

        def fired() -> list[OrderReport]:
            reports = life.of(OrderReport)
            return [each for each in reports if each.stop_kind and each.filled_qty == each.quantity]

        await wait_until(fired)
        end = fired()[-1]
        assert (end.status, end.client_order_id, end.reduce_only) == (OrderStatus.FILLED, "", True)
        await wait_until(lambda: len(life.of(FillReport)) == 2)
        fill = life.of(FillReport)[-1]
        assert (fill.exchange_order_id, fill.position_idx) == (end.exchange_order_id, 1)
        reached = near.stop_loss if end.stop_kind is StopKind.STOP_LOSS else near.take_profit
        other = near.take_profit if reached == near.stop_loss else near.stop_loss
        assert reached is not None
        assert other is not None
        assert abs(fill.last_px - reached) < abs(fill.last_px - other)
        became = f"triggered as order {end.exchange_order_id}"
        await wait_until(lambda: [r for r in life.of(OrderReport) if r.reason == became])
        await life.rests(LONG, "0", None, None)


def _close_to(life: Life) -> LegProtection:
    """A stop and a target that the market soon reaches."""
    last = life.of(QuoteSeen)[-1].quote.last
    assert last is not None
    low, high = ((last * Decimal(ratio)).quantize(Decimal("0.1")) for ratio in ("0.9997", "1.0003"))
    return LegProtection(leg_id=LONG, stop_loss=low, take_profit=high)
