"""A resting order changes in place over real sockets: done, refused, lost, or raced by a fill."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot_trading.domain.messages import CancelOrder, QueryOrder
from bot_trading.domain.order import ApprovedOrder, Order, OrderStatus, OrderType
from bot_trading.domain.reports import (
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
)
from bot_trading.execution.orders import order_from
from tests.builders.client_contract import VENUES, Life, Market, Venue, living, running_market
from tests.builders.waiting import wait_until

each_venue = pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.exchange)
PLACES = {
    "bybit": "/v5/order/amend",
    "binance": "PUT /fapi/v1/order",
    "okx": "POST /api/v5/trade/amend-order",
}
FOUR, SIX, TEN = Decimal("0.004"), Decimal("0.006"), Decimal("0.010")


def _market(tmp_path_factory: pytest.TempPathFactory, fault: str) -> Iterator[Market]:
    plan = tmp_path_factory.mktemp("amends") / "faults.yaml"
    rules = (
        f"  - {{{fault}, market: {exchange}, where: '{place}', times: 1}}\n"
        for exchange, place in PLACES.items()
    )
    plan.write_text("seed: 7\nfaults:\n" + "".join(rules))
    with running_market("--faults", str(plan)) as running:
        yield running


@pytest.fixture(scope="module")
def denying_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The first change on each exchange is denied, though the order rests."""
    yield from _market(tmp_path_factory, "fault: F4, variant: gone")


@pytest.fixture(scope="module")
def silent_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """The first change on each exchange is carried out, and its answer is lost."""
    yield from _market(tmp_path_factory, "fault: F1, variant: closed")


def _level(life: Life, named: str, ratio: str) -> ApprovedOrder:
    """A reduce-only limit order that closes a part of the long leg."""
    level: ApprovedOrder = life.order(
        named,
        life.venue.long,
        closes=True,
        order_type=OrderType.LIMIT,
        price=life.near(ratio),
        quantity=FOUR,
    )
    return level


async def _resting(life: Life, named: str) -> Order:
    """An open long leg of 0.010, and a level of 0.004 that rests beyond the price."""
    await life.filled(life.order(f"in{named}", life.venue.long))
    level = _level(life, named, "1.05")
    accepted = await life.client.place_order(level)
    assert isinstance(accepted, OrderAccepted)
    await life.settled(named, OrderStatus.ACCEPTED)
    return order_from(level)


async def _told(life: Life, named: str) -> OrderReport:
    found = await life.client.query_order(QueryOrder(leg_id=life.venue.long, client_order_id=named))
    assert not isinstance(found, OrderNotFound)
    assert found[0] is not None
    return found[0]


@each_venue
async def test_a_denied_change_changes_nothing_and_the_next_one_is_told(
    venue: Venue, denying_market: Market
) -> None:
    """A refusal proves that the order is as it was; a change is told by the private stream, under
    the same ids, and never as an order that ended."""
    async with living(venue, denying_market.client(venue)) as life:
        order = await _resting(life, "level")
        dearer = life.near("1.06")
        denied = await life.client.modify_order(order, quantity=SIX, price=dearer)
        assert isinstance(denied, OrderRejected)
        before = await _told(life, "level")
        assert (before.quantity, before.price) == (FOUR, order.price)
        done = await life.client.modify_order(order, quantity=SIX, price=dearer)
        assert isinstance(done, OrderAccepted)

        def is_told() -> bool:
            seen = [each for each in life.of(OrderReport) if each.client_order_id == "level"]
            return (seen[-1].quantity, seen[-1].price) == (SIX, dearer)

        await wait_until(is_told)
        after = await _told(life, "level")
        assert (after.status, after.exchange_order_id) == (
            OrderStatus.ACCEPTED,
            before.exchange_order_id,
        )
        reports = [each for each in life.of(OrderReport) if each.client_order_id == "level"]
        assert {each.status for each in reports} == {OrderStatus.ACCEPTED}
        assert not life.client.unsupported  # type: ignore[attr-defined]


@each_venue
async def test_a_change_without_an_answer_is_unknown_until_asked(
    venue: Venue, silent_market: Market
) -> None:
    """It was carried out, which only the order's own report tells."""
    async with living(venue, silent_market.client(venue)) as life:
        order = await _resting(life, "lost")
        answer = await life.client.modify_order(order, quantity=SIX)
        assert isinstance(answer, OrderOutcomeUnknown)
        assert (await _told(life, "lost")).quantity == SIX


@each_venue
async def test_a_change_that_races_a_fill_never_closes_more(
    venue: Venue, denying_market: Market
) -> None:
    """All of the order is what its quantity counts: what filled on the way is part of it."""
    async with living(venue, denying_market.client(venue)) as life:
        await life.filled(life.order("racein", venue.long))
        closed = Decimal(0)
        for number, ratio in enumerate(("1.0005", "1", "0.98")):
            level = _level(life, f"race{number}", ratio)
            if isinstance(await life.client.place_order(level), OrderRejected):
                assert TEN - closed < FOUR  # The market was quick: too little is left to close.
                break
            await life.client.modify_order(order_from(level), quantity=SIX)
            cancel = CancelOrder(
                leg_id=venue.long, client_order_id=f"race{number}", exchange_order_id=None
            )
            await life.client.cancel_order(cancel)
            ended = await _told(life, f"race{number}")
            assert ended.filled_qty <= ended.quantity <= SIX
            assert ended.status in (OrderStatus.CANCELED, OrderStatus.FILLED)
            closed += ended.filled_qty
        assert closed > 0
        assert (await life.leg(venue.long)).quantity == TEN - closed
