"""Which orders are accepted, and which refusal each broken rule gets."""

from decimal import Decimal

import pytest

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import (
    CancelCause,
    RejectCause,
    Status,
    StopKind,
    TimeInForce,
)
from exchange_simulator.orders import OrderRequest, cancel, cancel_all, find, place
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal
FLAT = ["60000"] * 30


def refused(exchange: Exchange, request: OrderRequest) -> Reason:
    """Place an order that must be refused and return why."""
    account = next(iter(exchange.accounts.values()))
    before = dict(account.open_orders)
    with pytest.raises(Refusal) as caught:
        place(exchange, account, request)
    assert account.open_orders == before
    return caught.value.reason


def opened(balance: str = "100000", rules: Rules | None = None) -> Exchange:
    """An exchange at 60,000 where the account holds a long of 1 BTC."""
    exchange = make_exchange(FLAT, rules=rules)
    account = hedger(exchange, balance)
    place(exchange, account, order("Buy", "1", 1))
    exchange.flush()
    return exchange


@pytest.mark.parametrize("leg", [0, 3])
def test_hedge_mode_needs_leg_one_or_two(leg: int) -> None:
    """positionIdx 0, or none, is refused in hedge mode."""
    assert refused(opened(), order("Buy", "1", leg)) is Reason.LEG_MISMATCH


def test_unknown_symbol_is_refused() -> None:
    """A symbol that does not trade here is refused."""
    assert refused(opened(), order("Buy", "1", 1, symbol="XYZUSDT")) is Reason.UNKNOWN_SYMBOL


def test_a_client_id_is_unique_for_ever() -> None:
    """An id stays used after its order was canceled."""
    exchange = opened()
    account = exchange.accounts["KEY"]
    first = place(exchange, account, order("Buy", "1", 1, "50000", client_id="a"))
    cancel(exchange, account, first)
    again = order("Buy", "1", 1, "50000", client_id="a")
    assert refused(exchange, again) is Reason.DUPLICATE_CLIENT_ID


@pytest.mark.parametrize(
    ("qty", "price", "reason"),
    [
        ("0.0009", "50000", Reason.QUANTITY_TOO_SMALL),
        ("2000", "50000", Reason.QUANTITY_TOO_LARGE),
        ("0.001", "4000", Reason.NOTIONAL_TOO_SMALL),
        ("0.1", "70000", Reason.PRICE_OUT_OF_RANGE),
        ("1000", "50000", Reason.INSUFFICIENT_MARGIN),
    ],
)
def test_size_and_price_limits(qty: str, price: str, reason: Reason) -> None:
    """Quantities, notional, price band and money are checked."""
    assert refused(opened(), order("Buy", qty, 1, price)) is reason


def test_quantity_and_price_are_floored_to_steps() -> None:
    """Quantities and prices between steps are cut down, never up."""
    exchange = opened()
    resting = place(exchange, exchange.accounts["KEY"], order("Buy", "0.1239", 1, "50000.19"))
    assert (resting.qty, resting.price) == (D("0.123"), D("50000.1"))


def test_opening_side_with_reduce_only_is_refused() -> None:
    """Sell on leg 2 opens, so it cannot be reduce-only."""
    request = order("Sell", "1", 2, reduce_only=True)
    assert refused(opened(), request) is Reason.REDUCE_RULE


def test_closing_a_flat_leg_is_refused() -> None:
    """There is nothing to reduce on a flat leg, with or without the flag."""
    assert refused(opened(), order("Buy", "1", 2, reduce_only=True)) is Reason.NOTHING_TO_REDUCE
    assert refused(opened(), order("Buy", "1", 2)) is Reason.NOTHING_TO_REDUCE


def test_the_other_side_closes_even_without_the_flag() -> None:
    """Sell on leg 1 only reduces it, as clients that drop the flag expect."""
    exchange = opened()
    account = exchange.accounts["KEY"]
    done = place(exchange, account, order("Sell", "5", 1))
    assert (done.status, done.filled) == (Status.FILLED, D(1))
    assert account.legs[("BTCUSDT", 1)].qty == 0
    assert ("BTCUSDT", 2) not in account.legs or account.legs[("BTCUSDT", 2)].qty == 0


def test_zero_quantity_with_both_flags_closes_the_leg() -> None:
    """Quantity 0 with reduceOnly and closeOnTrigger closes everything."""
    exchange = opened()
    request = order("Sell", "0", 1, reduce_only=True, close_on_trigger=True)
    done = place(exchange, exchange.accounts["KEY"], request)
    assert (done.filled, done.qty) == (D(1), D(1))


def test_closing_orders_reserve_the_leg() -> None:
    """A further closing order gets what other resting ones leave; nothing left is refused."""
    exchange = opened()
    account = exchange.accounts["KEY"]
    place(exchange, account, order("Sell", "0.7", 1, "61000", reduce_only=True))
    second = place(exchange, account, order("Sell", "0.7", 1, "62000", reduce_only=True))
    assert second.qty == D("0.3")
    third = order("Sell", "0.1", 1, "62500", reduce_only=True)
    assert refused(exchange, third) is Reason.NOTHING_TO_REDUCE


def test_the_reserve_can_be_switched_off() -> None:
    """With the switch off only the leg's size bounds a closing order."""
    exchange = opened(rules=Rules(closing_orders_reserve=False))
    account = exchange.accounts["KEY"]
    place(exchange, account, order("Sell", "1", 1, "61000", reduce_only=True))
    done = place(exchange, account, order("Sell", "1", 1, reduce_only=True))
    assert done.filled == D(1)


def test_resting_closing_orders_are_cut_when_the_leg_shrinks() -> None:
    """The oldest keep their quantity; later ones are cut, then canceled."""
    exchange = opened()
    account = exchange.accounts["KEY"]
    rows = [
        place(exchange, account, order("Sell", "0.4", 1, price, reduce_only=True))
        for price in ("61000", "61500")
    ]
    request = order("Sell", "0.5", 1, reduce_only=True, close_on_trigger=True)
    place(exchange, account, request)
    assert [row.leaves for row in rows] == [D("0.4"), D("0.1")]
    place(exchange, account, order("Sell", "0.2", 1, reduce_only=True, close_on_trigger=True))
    assert rows[0].leaves == D("0.3")
    assert rows[1].status is Status.CANCELED
    assert rows[1].cancel_cause is CancelCause.BY_REDUCE_ONLY


def test_post_only_that_would_take_is_accepted_then_canceled() -> None:
    """The gateway accepts it; the matching engine cancels it with its reason."""
    exchange = opened()
    request = order("Buy", "0.1", 1, "60100", time_in_force=TimeInForce.POST_ONLY)
    done = place(exchange, exchange.accounts["KEY"], request)
    assert done.status is Status.CANCELED
    assert done.reject_cause is RejectCause.POST_ONLY
    assert done.filled == 0


def test_fill_or_kill_needs_the_whole_quantity() -> None:
    """FOK without enough liquidity is canceled whole; with enough it is filled whole."""
    exchange = opened("100000000")
    account = exchange.accounts["KEY"]
    kill = order("Buy", "400", 1, "60000.1", time_in_force=TimeInForce.FOK)
    killed = place(exchange, account, kill)
    assert (killed.status, killed.filled) == (Status.CANCELED, D(0))
    assert killed.reject_cause is RejectCause.NO_FULL_FILL
    fill = order("Buy", "1", 1, "60100", time_in_force=TimeInForce.FOK)
    assert place(exchange, account, fill).status is Status.FILLED


def test_immediate_or_cancel_keeps_what_it_got() -> None:
    """IOC leftovers are canceled; a canceled order may carry fills."""
    exchange = opened("10000000")
    request = order("Buy", "400", 1, "60001", time_in_force=TimeInForce.IOC)
    account = exchange.accounts["KEY"]
    done = place(exchange, account, request)
    assert done.status is Status.CANCELED
    assert done.reject_cause is RejectCause.NO_IMMEDIATE_QUANTITY
    assert D(0) < done.filled < D(400)


def test_stops_on_the_wrong_side_are_refused() -> None:
    """A long needs stop < price < take profit."""
    exchange = opened()
    low = order("Buy", "0.1", 1, take_profit=D(59000))
    high = order("Buy", "0.1", 1, stop_loss=D(61000))
    assert refused(exchange, low) is Reason.STOP_SIDE
    assert refused(exchange, high) is Reason.STOP_SIDE


def test_reduce_only_with_stops_is_refused() -> None:
    """A closing order cannot carry stops."""
    request = order("Sell", "0.1", 1, reduce_only=True, take_profit=D(61000))
    assert refused(opened(), request) is Reason.BAD_PARAMETER


def test_a_conditional_order_on_the_wrong_side_is_refused() -> None:
    """A rising trigger must lie above the price, a falling one below."""
    exchange = opened()
    rising = order("Buy", "0.1", 1, trigger_price=D(59000), trigger_rises=True)
    falling = order("Buy", "0.1", 1, trigger_price=D(61000), trigger_rises=False)
    assert refused(exchange, rising) is Reason.TRIGGER_NOT_ABOVE
    assert refused(exchange, falling) is Reason.TRIGGER_NOT_BELOW


def test_ten_conditional_orders_a_symbol() -> None:
    """The eleventh is refused."""
    exchange = opened()
    account = exchange.accounts["KEY"]
    request = order("Buy", "0.1", 1, trigger_price=D(61000), trigger_rises=True)
    for _ in range(10):
        place(exchange, account, request)
    assert refused(exchange, request) is Reason.TOO_MANY_CONDITIONAL
    kinds = {row.stop_kind for row in account.open_orders.values()}
    assert kinds == {StopKind.CONDITIONAL}


def test_active_orders_are_limited() -> None:
    """Resting orders of a symbol are limited in number."""
    exchange = make_exchange(FLAT, rules=Rules(active_orders_max=3))
    account = hedger(exchange)
    for _ in range(3):
        place(exchange, account, order("Buy", "0.01", 1, "50000"))
    assert refused(exchange, order("Buy", "0.01", 1, "50000")) is Reason.TOO_MANY_ACTIVE


def test_find_prefers_the_exchange_id_and_forgets_ended_orders() -> None:
    """orderId wins over orderLinkId; an ended order is not found."""
    exchange = opened()
    account = exchange.accounts["KEY"]
    first = place(exchange, account, order("Buy", "0.1", 1, "50000", client_id="a"))
    second = place(exchange, account, order("Buy", "0.1", 1, "50000", client_id="b"))
    found = find(exchange, account, symbol="BTCUSDT", order_id=second.order_id, client_id="a")
    assert found is second
    cancel(exchange, account, first)
    with pytest.raises(Refusal):
        find(exchange, account, symbol="BTCUSDT", order_id="", client_id="a")


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        (False, [Reason.ORDER_NOT_FOUND, Reason.ORDER_NOT_FOUND]),
        (True, [Reason.ORDER_CANCELED, Reason.ORDER_FINISHED]),
    ],
)
def test_a_switch_tells_ended_orders_from_unknown_ones(told: bool, reasons: list[Reason]) -> None:
    """By default an order that ended is not there; with the switch its end is the reason."""
    exchange = make_exchange(["60000"] * 5, rules=Rules(ended_orders_told=told))
    account = hedger(exchange)
    canceled = place(exchange, account, order("Buy", "0.1", 1, "50000"))
    cancel(exchange, account, canceled)
    filled = place(exchange, account, order("Buy", "0.1", 1))
    seen = []
    for ended in (canceled, filled):
        with pytest.raises(Refusal) as caught:
            find(exchange, account, symbol="BTCUSDT", order_id=ended.order_id, client_id="")
        seen.append(caught.value.reason)
    assert seen == reasons


def test_cancel_all_cancels_what_is_chosen() -> None:
    """All chosen orders end by the user; others stay."""
    exchange = opened()
    account = exchange.accounts["KEY"]
    for price in ("50000", "51000", "52000"):
        place(exchange, account, order("Buy", "0.1", 1, price))
    ended = cancel_all(exchange, account, chosen=lambda row: row.price > 50_500)
    assert [row.cancel_cause for row in ended] == [CancelCause.BY_USER] * 2
    assert len(account.open_orders) == 1
    go(exchange)
