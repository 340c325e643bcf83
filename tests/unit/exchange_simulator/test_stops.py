"""Protective and conditional orders: how they are set, how they follow the leg, when they fire."""

from decimal import Decimal

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
    return StopRequest(mode=StopMode.FULL, **{name: D(text) for name, text in prices.items()})


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
    for number in range(10):
        request = StopRequest(
            mode=StopMode.PARTIAL,
            take_profit=D(61000 + number),
            stop_loss=D(59000 - number),
            qty=D("0.01"),
        )
        set_stops(exchange, account, leg, request)
    with pytest.raises(Refusal) as caught:
        set_stops(exchange, account, leg, request)
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
