"""Protective and conditional orders: how they are set, how they follow the leg, when they fire."""

from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import (
    Account,
    CancelCause,
    CreateCause,
    Leg,
    Status,
    StopKind,
    StopMode,
)
from exchange_simulator.orders import place
from exchange_simulator.state import Exchange
from exchange_simulator.stops import StopRequest, set_stops
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal


def holding(prices: list[str], side: str = "Buy") -> tuple[Exchange, Account, Leg]:
    """An account with one leg of 1 BTC opened at the first price."""
    exchange = make_exchange(prices)
    account = hedger(exchange)
    index = 1 if side == "Buy" else 2
    place(exchange, account, order(side, "1", index))
    exchange.flush()
    return exchange, account, account.legs[("BTCUSDT", index)]


def full(**prices: str) -> StopRequest:
    """A request for the whole leg."""
    levels: dict[str, Any] = {name: D(text) for name, text in prices.items()}
    return StopRequest(mode=StopMode.FULL, **levels)


def test_a_full_stop_closes_the_leg_and_clears_the_other() -> None:
    """The stop loss fires once, closes everything, and the take profit goes with the leg."""
    exchange, account, leg = holding(["60000", "60000", "59000", "59000"])
    set_stops(exchange, account, leg, full(take_profit="62000", stop_loss="59500"))
    profit, stop = leg.take_profit, leg.stop_loss
    assert profit is not None
    assert stop is not None
    go(exchange, 2.1)
    assert stop.status is Status.FILLED
    assert stop.create_cause is CreateCause.STOP_LOSS
    assert profit.status is Status.DEACTIVATED
    assert profit.cancel_cause is CancelCause.BY_STOPS_CLEARED
    assert leg.qty == 0
    assert leg.take_profit is leg.stop_loss is leg.trailing is None


def test_a_short_legs_stops_are_the_mirror_image() -> None:
    """A short's stop loss lies above and its take profit below."""
    exchange, account, leg = holding(["60000", "60000", "61000", "61000"], "Sell")
    with pytest.raises(Refusal):
        set_stops(exchange, account, leg, full(stop_loss="59000"))
    set_stops(exchange, account, leg, full(stop_loss="60500", take_profit="58000"))
    go(exchange, 2.1)
    assert leg.qty == 0
    assert account.executions[-1].side == "Buy"
    assert account.executions[-1].realised < 0


def test_a_full_stop_is_moved_in_place_and_follows_the_leg() -> None:
    """One order stays, with a new price and the leg's new size."""
    exchange, account, leg = holding(["60000"] * 5)
    set_stops(exchange, account, leg, full(stop_loss="59000"))
    first = leg.stop_loss
    set_stops(exchange, account, leg, full(stop_loss="59500"))
    place(exchange, account, order("Sell", "0.4", 1, reduce_only=True))
    assert leg.stop_loss is first
    assert first is not None
    assert (first.trigger_price, first.qty) == (D("59500"), D("0.6"))
    place(exchange, account, order("Buy", "0.2", 1))
    assert first.qty == D("0.8")


def test_the_same_values_again_are_refused() -> None:
    """Setting what is set already says so."""
    exchange, account, leg = holding(["60000"] * 5)
    set_stops(exchange, account, leg, full(stop_loss="59000"))
    with pytest.raises(Refusal) as caught:
        set_stops(exchange, account, leg, full(stop_loss="59000"))
    assert caught.value.reason is Reason.STOP_UNCHANGED


def test_zero_removes_a_stop() -> None:
    """A price of zero cancels the stop."""
    exchange, account, leg = holding(["60000"] * 5)
    set_stops(exchange, account, leg, full(stop_loss="59000"))
    stop = leg.stop_loss
    set_stops(exchange, account, leg, full(stop_loss="0"))
    assert leg.stop_loss is None
    assert stop is not None
    assert stop.status is Status.DEACTIVATED


def test_a_flat_leg_cannot_be_protected() -> None:
    """There must be a position."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    with pytest.raises(Refusal) as caught:
        set_stops(exchange, account, exchange.leg(account, "BTCUSDT", 1), full(stop_loss="1"))
    assert caught.value.reason is Reason.ZERO_POSITION


def test_a_partial_pair_cancels_its_partner() -> None:
    """When one of a pair fires, the other ends with its own cause; other pairs stay."""
    exchange, account, leg = holding(["60000", "60000", "60700", "60700"])
    for profit, stop in (("60600", "59000"), ("61000", "58500")):
        request = StopRequest(
            mode=StopMode.PARTIAL, take_profit=D(profit), stop_loss=D(stop), qty=D("0.3")
        )
        set_stops(exchange, account, leg, request)
    exchange.flush()
    go(exchange, 2.1)
    assert leg.qty == D("0.7")
    ended = {row.stop_kind: row for row in account.closed_orders.values() if row.stop_kind}
    assert ended[StopKind.PARTIAL_TAKE_PROFIT].status is Status.FILLED
    partner = ended[StopKind.PARTIAL_STOP_LOSS]
    assert partner.cancel_cause is CancelCause.STOP_BY_TAKE_PROFIT
    assert len(account.open_orders) == 2


def test_partial_stops_are_limited_to_twenty() -> None:
    """The eleventh pair is refused."""
    exchange, account, leg = holding(["60000"] * 3)
    requests = [
        StopRequest(
            mode=StopMode.PARTIAL,
            take_profit=D(61000 + number),
            stop_loss=D(59000 - number),
            qty=D("0.01"),
        )
        for number in range(11)
    ]
    for request in requests[:10]:
        set_stops(exchange, account, leg, request)
    with pytest.raises(Refusal) as caught:
        set_stops(exchange, account, leg, requests[10])
    assert caught.value.reason is Reason.TOO_MANY_STOPS


def test_a_trailing_stop_ratchets_and_fires() -> None:
    """It follows the best price by its distance, never back, and closes the leg."""
    exchange, account, leg = holding(["60000", "61000", "60800", "60400", "60400"])
    set_stops(exchange, account, leg, full(trailing="500"))
    trailing = leg.trailing
    assert trailing is not None
    assert trailing.trigger_price == D("59500.0")
    go(exchange, 1.1)
    assert trailing.trigger_price == D("60500.0")
    go(exchange, 1)
    assert trailing.trigger_price == D("60500.0")
    go(exchange, 1.1)
    assert trailing.status is Status.FILLED
    assert leg.qty == 0


def test_a_trailing_stop_waits_for_its_active_price() -> None:
    """Before the active price nothing is protected; from there the distance counts."""
    exchange, account, leg = holding(["60000", "59000", "60600", "60050", "60050"])
    set_stops(exchange, account, leg, full(trailing="500", active_price="60500"))
    trailing = leg.trailing
    assert trailing is not None
    go(exchange, 1.5)
    assert trailing.trail_best is None
    assert leg.qty == 1
    go(exchange, 1)
    assert trailing.trail_best == D("60600.0")
    go(exchange, 1)
    assert leg.qty == 0


def test_stops_that_an_order_carried_appear_with_its_first_fill() -> None:
    """Attached stops protect the leg from the first fill on, at the leg's size."""
    exchange = make_exchange(["60000", "60000", "59000"])
    account = hedger(exchange)
    request = order("Buy", "0.5", 1, "59500", take_profit=D(62000), stop_loss=D(58000))
    place(exchange, account, request)
    assert len(account.open_orders) == 1
    go(exchange, 2.1)
    leg = account.legs[("BTCUSDT", 1)]
    assert leg.stop_loss is not None
    assert leg.take_profit is not None
    assert (leg.stop_loss.qty, leg.stop_loss.trigger_price) == (D("0.5"), D(58000))


def test_a_conditional_order_wakes_and_trades() -> None:
    """It holds no margin while it waits; then it is an order like any other."""
    exchange = make_exchange(["60000", "60000", "61000", "61000"])
    account = hedger(exchange)
    request = order("Buy", "0.5", 1, trigger_price=D(60500), trigger_rises=True)
    waiting = place(exchange, account, request)
    assert (waiting.status, account.order_margin) == (Status.UNTRIGGERED, D(0))
    go(exchange, 2.1)
    assert waiting.status is Status.FILLED
    assert account.legs[("BTCUSDT", 1)].qty == D("0.5")


def test_a_conditional_order_without_money_is_canceled_when_it_wakes() -> None:
    """Margin is asked for at the trigger, not before."""
    exchange = make_exchange(["60000", "60000", "61000", "61000"])
    account = hedger(exchange, "100")
    request = order("Buy", "1", 1, trigger_price=D(60500), trigger_rises=True)
    waiting = place(exchange, account, request)
    go(exchange, 2.1)
    assert (waiting.status, waiting.filled) == (Status.CANCELED, D(0))


def test_a_closing_conditional_order_on_a_flat_leg_ends_unfilled() -> None:
    """A stop left behind by a leg that was closed never opens a position."""
    exchange, account, leg = holding(["60000", "60000", "59000", "59000"])
    request = order("Sell", "1", 1, reduce_only=True, trigger_price=D(59500), trigger_rises=False)
    orphan = place(exchange, account, request)
    place(exchange, account, order("Sell", "1", 1, reduce_only=True))
    go(exchange, 2.1)
    assert (orphan.status, orphan.filled) == (Status.CANCELED, D(0))
    assert orphan.cancel_cause is CancelCause.BY_REDUCE_ONLY
    assert leg.qty == 0


def many_fills(mode: str, pieces: int) -> tuple[Exchange, Account, Leg]:
    """A leg opened in pieces by one order that carries both stops."""
    exchange = make_exchange(["60000"] * 3)
    exchange.pieces = pieces
    account = hedger(exchange)
    request = order(
        "Buy", "0.3", 1, take_profit=D(62_000), stop_loss=D(58_000), stop_mode=StopMode(mode)
    )
    place(exchange, account, request)
    exchange.flush()
    return exchange, account, account.legs[("BTCUSDT", 1)]


@pytest.mark.parametrize("pieces", [1, 2, 15, 60])
def test_an_orders_own_pair_grows_with_its_fills(pieces: int) -> None:
    """However many fills there are, the order gives the leg one pair, of all that it opened."""
    _, account, leg = many_fills("Partial", pieces)
    assert len(account.executions) == pieces
    stops = [it for it in account.open_orders.values() if it.stop_kind is not StopKind.NONE]
    assert [it.qty for it in stops] == [leg.qty, leg.qty] == [D("0.3"), D("0.3")]
    assert stops[0].pair is stops[1]


def test_an_order_whose_pair_would_not_fit_is_refused_before_it_trades() -> None:
    """A fill cannot be refused, so the order is; without stops it is welcome."""
    exchange, account, leg = holding(["60000"] * 3)
    for number in range(10):
        request = StopRequest(
            mode=StopMode.PARTIAL,
            take_profit=D(62_000 + number),
            stop_loss=D(58_000),
            qty=D("0.01"),
        )
        set_stops(exchange, account, leg, request)
    carrying = order(
        "Buy", "0.1", 1, take_profit=D(63_000), stop_loss=D(58_000), stop_mode=StopMode.PARTIAL
    )
    with pytest.raises(Refusal) as refused:
        place(exchange, account, carrying)
    assert refused.value.reason is Reason.TOO_MANY_STOPS
    assert leg.qty == 1
    place(exchange, account, order("Buy", "0.1", 1))
    assert leg.qty == D("1.1")


def test_orders_that_rested_while_the_leg_filled_up_with_stops_still_fill() -> None:
    """Their pair is left out: nothing is refused in the middle of a market step."""
    exchange, account, leg = holding(["60000", "60000", "58900", "58900"])
    carrying = order("Buy", "0.1", 1, "59000", stop_loss=D(50_000), stop_mode=StopMode.PARTIAL)
    rested = place(exchange, account, carrying)
    for number in range(20):
        request = StopRequest(mode=StopMode.PARTIAL, stop_loss=D(50_000 + number), qty=D("0.01"))
        set_stops(exchange, account, leg, request)
    go(exchange, 2.5)
    assert rested.status is Status.FILLED
    assert leg.qty == D("1.1")
    assert (
        len([it for it in account.open_orders.values() if it.stop_kind is not StopKind.NONE]) == 20
    )


def test_a_partial_stop_cannot_be_larger_than_its_leg() -> None:
    """Asking for more is refused; so is less than the smallest quantity."""
    exchange, account, leg = holding(["60000"] * 3)
    for qty, reason in (("1.001", Reason.STOPS_EXCEED_LEG), ("0.0004", Reason.QUANTITY_TOO_SMALL)):
        request = StopRequest(mode=StopMode.PARTIAL, stop_loss=D(58_000), qty=D(qty))
        with pytest.raises(Refusal) as refused:
            set_stops(exchange, account, leg, request)
        assert refused.value.reason is reason
    assert not account.open_orders


def test_stop_prices_are_floored_to_the_tick_and_must_exist() -> None:
    """Between ticks the lower one counts; beyond all prices there is none."""
    exchange, account, leg = holding(["60000"] * 3)
    request = StopRequest(
        mode=StopMode.PARTIAL,
        take_profit=D("62000.19"),
        stop_loss=D("58000.01"),
        take_profit_limit=D("62000.17"),
    )
    set_stops(exchange, account, leg, request)
    profit, stop = account.open_orders.values()
    assert (profit.trigger_price, profit.price) == (D("62000.1"), D("62000.1"))
    assert stop.trigger_price == D(58_000)
    for wrong in ("0.01", "9999999999"):
        with pytest.raises(Refusal) as refused:
            set_stops(exchange, account, leg, full(take_profit=wrong))
        assert refused.value.reason in (Reason.PRICE_OUT_OF_RANGE, Reason.STOP_SIDE)


@pytest.mark.parametrize("distance", ["60000", "70000"])
def test_a_trailing_distance_must_leave_a_price(distance: str) -> None:
    """A stop at or below zero is none."""
    exchange, account, leg = holding(["60000"] * 3)
    with pytest.raises(Refusal, match="TrailingStop"):
        set_stops(exchange, account, leg, full(trailing=distance))
    assert leg.trailing is None
    assert not account.open_orders


def test_orders_that_carry_prices_between_ticks_wake_on_ticks() -> None:
    """Trigger, take profit and stop loss of a new order are floored."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    request = order(
        "Buy",
        "1",
        1,
        "61000.09",
        trigger_price=D("61000.17"),
        trigger_rises=True,
        take_profit=D("63000.05"),
        stop_loss=D("59000.09"),
    )
    it = place(exchange, account, request)
    assert (it.price, it.trigger_price) == (D(61_000), D("61000.1"))
    assert (it.take_profit, it.stop_loss) == (D(63_000), D(59_000))
