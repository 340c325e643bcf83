"""Binance's stops are orders of their own: they follow their legs through all that goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot_trading.domain.messages import CancelOrder, QueryOrder
from bot_trading.domain.order import OrderStatus, OrderType
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    OrderAccepted,
    OrderNotFound,
    OrderRejected,
    ProtectionRefused,
    ProtectionSet,
    QuoteSeen,
    StopKind,
)
from tests.builders.client_contract import SYMBOL, VENUES, Life, Market, living, running_market

BINANCE = next(venue for venue in VENUES if venue.exchange == "binance")
LONG, SHORT = BINANCE.long, BINANCE.short
ALGO = "POST /fapi/v1/algoOrder"


def _market(folder: Path, *rules: str) -> Iterator[Market]:
    plan = folder / "faults.yaml"
    rows = (f"  - {{market: binance, {rule}}}\n" for rule in rules)
    plan.write_text("seed: 7\nfaults:\n" + "".join(rows))
    with running_market("--faults", str(plan)) as running:
        yield running


@pytest.fixture(scope="module")
def unruly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """Messages come twice or the wrong way round, fills in pieces, and reads lag now and then."""
    yield from _market(
        tmp_path_factory.mktemp("unruly"),
        "fault: F18, pieces: 4",
        "fault: F5, variant: duplicate, probability: 0.3",
        "fault: F5, variant: reverse, probability: 0.3",
    )


@pytest.fixture(scope="module")
def ambiguous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """Every second conditional order is taken and answered with nothing that tells so."""
    yield from _market(
        tmp_path_factory.mktemp("ambiguous"),
        f"fault: F2, variant: '-1007', probability: 0.5, where: '{ALGO}'",
    )


async def _resting(life: Life) -> list[tuple[StopKind | None, Decimal | None, Decimal]]:
    orders = (await life.snapshot()).open_orders
    rows = [(o.stop_kind, o.trigger_price, o.quantity) for o in orders]
    return sorted(rows, key=str)


async def _stops_sum_to(life: Life, quantity: str) -> None:
    """Wait until our stops are for exactly so much in all."""
    seen = None
    for _ in range(100):
        rows = await _resting(life)
        seen = sum((row[2] for row in rows if row[0] is not None), Decimal(0))
        if seen == Decimal(quantity):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"stops rest for {seen}, expected {quantity}")


async def test_a_refused_entry_leaves_no_stop(unruly: Market) -> None:
    """Refused for its money, or for a stop on the wrong side: nothing of it is left."""
    async with living(BINANCE, unruly.client(BINANCE)) as life:
        huge = life.order("huge", LONG, quantity=Decimal(90), stop_loss=life.near("0.9"))
        wrong = life.order("wrong", LONG, stop_loss=life.near("1.1"))
        codes = []
        for order in (huge, wrong):
            answer = await life.client.place_order(order)
            assert isinstance(answer, OrderRejected)
            codes.append(answer.code)
        assert codes[1] == "-2021"
        await life.nothing_rests()


async def test_stops_of_a_resting_entry_wait_and_go_with_it(unruly: Market) -> None:
    """They rest before it fills, survive a restart of the client, and end when it is canceled."""
    keys = unruly.account(BINANCE)
    async with living(BINANCE, unruly.client(BINANCE, keys)) as life:
        low = life.near("0.8")
        entry = life.order(
            "waits", LONG, order_type=OrderType.LIMIT, price=life.near("0.9"), stop_loss=low
        )
        assert isinstance(await life.client.place_order(entry), OrderAccepted)
        await life.settled("waits", OrderStatus.ACCEPTED)
    async with living(BINANCE, unruly.client(BINANCE, keys)) as life:
        for _ in range(3):
            orders = (await life.snapshot()).open_orders
            assert sorted(str(order.stop_kind) for order in orders) == ["None", "STOP_LOSS"]
            await asyncio.sleep(0.1)
        cancel = CancelOrder(leg_id=LONG, client_order_id="waits", exchange_order_id=None)
        assert isinstance(await life.client.cancel_order(cancel), OrderAccepted)
        await life.nothing_rests()


async def test_an_entry_that_ends_unheard_is_asked_for(unruly: Market) -> None:
    """It is canceled while its client has no streams: the next read finds out, its stop goes."""
    keys = unruly.account(BINANCE)
    client = unruly.client(BINANCE, keys)
    async with living(BINANCE, unruly.client(BINANCE, keys)) as other:
        await client.open()
        low, price = other.near("0.8"), other.near("0.9")
        entry = other.order("waits", LONG, order_type=OrderType.LIMIT, price=price, stop_loss=low)
        assert isinstance(await client.place_order(entry), OrderAccepted)
        await client.take_snapshot([SYMBOL], other.of(QuoteSeen)[-1].quote.ts_event_us)
    by_hand = unruly.client(BINANCE, keys)
    await by_hand.open()
    cancel = CancelOrder(leg_id=LONG, client_order_id="waits", exchange_order_id=None)
    assert isinstance(await by_hand.cancel_order(cancel), OrderAccepted)
    await by_hand.close()
    await client.close()
    async with living(BINANCE, client) as life:
        await life.nothing_rests()


async def test_a_later_life_keeps_the_stop_of_an_entry_that_rests(unruly: Market) -> None:
    """Also when its leg moves before anything was read: the stop is not taken for an orphan."""
    keys = unruly.account(BINANCE)
    async with living(BINANCE, unruly.client(BINANCE, keys)) as life:
        low = life.near("0.8")
        entry = life.order(
            "waits", LONG, order_type=OrderType.LIMIT, price=life.near("0.9"), stop_loss=low
        )
        assert isinstance(await life.client.place_order(entry), OrderAccepted)
    async with living(BINANCE, unruly.client(BINANCE, keys)) as life:
        await life.filled(life.order("more", LONG, stop_loss=low))
        part = life.order("part", LONG, closes=True, quantity=Decimal("0.006"))
        await life.filled(part)
        await _stops_sum_to(life, "0.014")
        await life.rests(LONG, "0.004", low, None)
        cancel = CancelOrder(leg_id=LONG, client_order_id="waits", exchange_order_id=None)
        assert isinstance(await life.client.cancel_order(cancel), OrderAccepted)
        await _stops_sum_to(life, "0.004")


async def test_a_person_closing_a_part_shrinks_the_stop(unruly: Market) -> None:
    """Whoever moves a leg, its own stop follows; a stop that the person made is left alone."""
    keys = unruly.account(BINANCE)
    by_hand = unruly.client(BINANCE, keys)
    await by_hand.open()
    async with living(BINANCE, unruly.client(BINANCE, keys)) as life:
        low = life.near("0.9")
        await life.filled(life.order("in", LONG, stop_loss=low))
        theirs = life.order(
            "by-hand",
            LONG,
            closes=True,
            order_type=OrderType.STOP_MARKET,
            trigger_price=life.near("0.85"),
        )
        assert isinstance(await by_hand.place_order(theirs), OrderAccepted)
        part = life.order("part", LONG, closes=True, quantity=Decimal("0.007"))
        assert isinstance(await by_hand.place_order(part), OrderAccepted)
        await life.rests(LONG, "0.003", low, None)
        await _stops_sum_to(life, "0.003")
        found = await by_hand.query_order(QueryOrder(leg_id=LONG, client_order_id="by-hand"))
        assert not isinstance(found, OrderNotFound)
        assert found[0] is not None
        assert found[0].status is OrderStatus.UNTRIGGERED
        cancel = CancelOrder(leg_id=LONG, client_order_id="by-hand", exchange_order_id=None)
        assert isinstance(await by_hand.cancel_order(cancel), OrderAccepted)
        await by_hand.close()


async def test_many_moves_end_with_one_stop_of_the_right_size(unruly: Market) -> None:
    """Entries, exits and moved stops on both legs under bad messages: all is right in the end."""
    async with living(BINANCE, unruly.client(BINANCE)) as life:
        for number in range(6):
            stop = life.near(f"0.9{number}")
            order = life.order(f"long-{number}", LONG, stop_loss=stop, take_profit=life.near("1.2"))
            await life.filled(order)
            await life.filled(life.order(f"short-{number}", SHORT, stop_loss=life.near("1.1")))
            half = Decimal("0.005")
            await life.filled(life.order(f"out-{number}", LONG, closes=True, quantity=half))
        wanted = LegProtection(leg_id=LONG, stop_loss=life.near("0.95"), take_profit=None)
        assert isinstance(await life.client.set_protection(wanted), ProtectionSet)
        await life.rests(LONG, "0.030", wanted.stop_loss, None)
        await life.rests(SHORT, "0.060", life.near("1.1"), None)
        await _stops_sum_to(life, "0.090")
        await life.filled(life.order("long-end", LONG, closes=True, quantity=Decimal("0.030")))
        await life.filled(life.order("short-end", SHORT, closes=True, quantity=Decimal("0.060")))
        await life.nothing_rests()


async def test_an_unknown_answer_is_told_and_settled(ambiguous: Market) -> None:
    """Protection that may rest is called unknown, never set; asking again ends with exactly it."""
    async with living(BINANCE, ambiguous.client(BINANCE)) as life:
        await life.filled(life.order("in", LONG))
        kinds = set()
        for number in range(8):
            wanted = LegProtection(
                leg_id=LONG, stop_loss=life.near(f"0.9{number}"), take_profit=None
            )
            answer = await life.client.set_protection(wanted)
            while isinstance(answer, ProtectionRefused):
                kinds.add(answer.code)
                answer = await life.client.set_protection(wanted)
            await life.rests(LONG, "0.010", wanted.stop_loss, None)
            assert await _resting(life) == [
                (StopKind.STOP_LOSS, wanted.stop_loss, Decimal("0.010"))
            ]
        assert kinds == {"unknown"}


async def test_an_entry_whose_stop_is_unknown_is_not_sent(ambiguous: Market) -> None:
    """An entry goes only after its stop was confirmed; what may rest of it is taken back."""
    async with living(BINANCE, ambiguous.client(BINANCE)) as life:
        low = life.near("0.9")
        codes = set()
        sent = 0
        for number in range(8):
            order = life.order(f"in-{number}", LONG, stop_loss=low)
            answer = await life.client.place_order(order)
            if isinstance(answer, OrderRejected):
                codes.add(answer.code)
            else:
                await life.settled(f"in-{number}", OrderStatus.FILLED)
                sent += 1
        assert codes == {"not sent"}
        quantity = Decimal("0.010") * sent
        await life.rests(LONG, str(quantity), low, None)
        assert (await life.client.get_positions([SYMBOL]))[0].quantity == quantity


async def test_a_stop_of_unknown_outcome_is_taken_back_at_once(ambiguous: Market) -> None:
    """The cancel goes by its name even where nobody told that it rests."""
    keys = ambiguous.account(BINANCE)
    client = ambiguous.client(BINANCE, keys)
    async with living(BINANCE, ambiguous.client(BINANCE)) as other:
        await client.open()
        low, price = other.near("0.8"), other.near("0.9")
        codes = []
        for number in range(6):
            order = other.order(
                f"in-{number}", LONG, order_type=OrderType.LIMIT, price=price, stop_loss=low
            )
            answer = await client.place_order(order)
            codes += [answer.code] if isinstance(answer, OrderRejected) else []
        since_us = other.of(QuoteSeen)[-1].quote.ts_event_us
        rows = (await client.take_snapshot([SYMBOL], since_us)).open_orders
        await client.close()
    assert "not sent" in codes
    assert len([row for row in rows if row.stop_kind]) == 6 - len(codes)


async def test_a_flat_leg_takes_no_protection(unruly: Market) -> None:
    """What does not exist cannot be protected: said so, nothing rests."""
    async with living(BINANCE, unruly.client(BINANCE)) as life:
        wanted = LegProtection(leg_id=LONG, stop_loss=life.near("0.9"), take_profit=None)
        answer = await life.client.set_protection(wanted)
        assert isinstance(answer, ProtectionRefused)
        assert answer.code == "not sent"
        await life.nothing_rests()


async def test_no_stop_of_an_earlier_life_meets_the_next(unruly: Market) -> None:
    """Entries that follow their leg's close at once find only their own stop, whatever is told."""
    async with living(BINANCE, unruly.client(BINANCE)) as life:
        for number in range(6):
            low = life.near(f"0.8{number}")
            await life.filled(life.order(f"in-{number}", LONG, stop_loss=low))
            await life.rests(LONG, "0.010", low, None)
            await life.filled(life.order(f"out-{number}", LONG, closes=True))
        last = life.near("0.79")
        await life.filled(life.order("last", LONG, stop_loss=last))
        await life.rests(LONG, "0.010", last, None)
        await _stops_sum_to(life, "0.010")
        assert await _resting(life) == [(StopKind.STOP_LOSS, last, Decimal("0.010"))]
