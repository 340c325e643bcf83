"""The arithmetic of protective orders: never too little, soon not too much."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.reports import StopKind
from bot_trading.exchanges.binance.protection import (
    Change,
    Entry,
    Stop,
    covering_price,
    exactly,
    follow,
    heard,
    nearest_first,
)

LONG = LegId("binance", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
QUANTITIES = st.integers(0, 50).map(lambda units: Decimal(units) / 1000)
PRICES = st.integers(590, 610).map(lambda units: Decimal(units) * 100)


def stop(
    name: str,
    trigger: int | Decimal,
    quantity: str | Decimal,
    leg: LegId = LONG,
    kind: StopKind = StopKind.STOP_LOSS,
) -> Stop:
    """A protective order."""
    return Stop(
        client_id=name,
        leg_id=leg,
        kind=kind,
        trigger=Decimal(trigger),
        quantity=Decimal(quantity),
    )


@st.composite
def resting(draw: st.DrawFn) -> list[Stop]:
    """Some orders of one leg and kind, none of them empty."""
    leg = draw(st.sampled_from([LONG, SHORT]))
    kind = draw(st.sampled_from([StopKind.STOP_LOSS, StopKind.TAKE_PROFIT]))
    rows = draw(st.lists(st.tuples(PRICES, QUANTITIES.filter(bool)), max_size=5))
    return [
        stop(f"s{number}", price, quantity, leg, kind)
        for number, (price, quantity) in enumerate(rows)
    ]


def after(stops: list[Stop], change: Change) -> list[Stop]:
    """What rests once a change was carried out."""
    like = stops[0] if stops else stop("none", 60_000, "1")
    placed = [
        stop(f"new{number}", trigger, quantity, like.leg_id, like.kind)
        for number, (trigger, quantity) in enumerate(change.place)
    ]
    return [each for each in stops if each not in change.cancel] + placed


@given(resting(), QUANTITIES)
def test_following_ends_at_what_the_leg_needs(stops: list[Stop], need: Decimal) -> None:
    """With any order at hand the sum becomes the need, and doing it again changes nothing."""
    then = after(stops, follow(need, stops))
    assert sum(each.quantity for each in then) == (need if stops else 0)
    assert follow(need, then).is_empty


@given(resting(), QUANTITIES)
def test_following_invents_no_price(stops: list[Stop], need: Decimal) -> None:
    """Every order that is added has the price of one that rested, and the nearest are kept."""
    change = follow(need, stops)
    assert {trigger for trigger, _ in change.place} <= {each.trigger for each in stops}
    if change.cancel:
        kept = nearest_first(each for each in stops if each not in change.cancel)
        assert kept == nearest_first(stops)[: len(kept)]


@given(resting(), QUANTITIES)
def test_covering_is_told_only_when_it_is_whole(stops: list[Stop], held: Decimal) -> None:
    """A price is told exactly when the orders reach as far as the leg does."""
    price = covering_price(stops, held)
    assert (price is not None) == (0 < held <= sum(each.quantity for each in stops))
    if price is not None:
        reached = nearest_first(stops)
        upto = [each for each in reached if each.trigger == price]
        closer = reached[: reached.index(upto[-1]) + 1]
        assert sum(each.quantity for each in closer) >= held


@given(resting(), QUANTITIES, st.none() | PRICES)
def test_exactly_leaves_one_order(stops: list[Stop], need: Decimal, price: Decimal | None) -> None:
    """One of the price for all of the leg, or none; what fits already is not touched."""
    change = exactly(need, price, stops)
    then = after(stops, change)
    if price is None or need == 0:
        assert then == []
    else:
        assert [(each.trigger, each.quantity) for each in then] == [(price, need)]
        fits = any((each.trigger, each.quantity) == (price, need) for each in stops)
        assert bool(change.place) != fits


def test_the_price_that_is_reached_first_is_nearest() -> None:
    """A long leg's stop is the nearer the higher it is, its target the lower; short mirrored."""
    for leg, kind, nearest in (
        (LONG, StopKind.STOP_LOSS, "high"),
        (LONG, StopKind.TAKE_PROFIT, "low"),
        (SHORT, StopKind.STOP_LOSS, "low"),
        (SHORT, StopKind.TAKE_PROFIT, "high"),
    ):
        both = [stop("low", 1, "1", leg, kind), stop("high", 2, "1", leg, kind)]
        assert nearest_first(both)[0].client_id == nearest


def test_a_smaller_leg_keeps_its_stop_price() -> None:
    """A partial exit replaces the order by a smaller one of the same price, new before old."""
    old = stop("old", 59_000, "0.010")
    change = follow(Decimal("0.004"), [old])
    assert change.place == ((Decimal(59_000), Decimal("0.004")),)
    assert change.cancel == (old,)


def test_what_was_heard_only_grows() -> None:
    """A report that is behind what is known takes no fill back."""
    entry = Entry(client_order_id="a", leg_id=LONG, stop_ids=frozenset(), ts_sent_ms=1)
    more = heard(entry, Decimal("0.004"), 7)
    assert (more.filled_qty, more.is_heard) == (Decimal("0.004"), True)
    assert heard(more, Decimal("0.001"), 9) == more
