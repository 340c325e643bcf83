"""Changing open orders: what is checked again, what keeps its place, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.amend import AmendRequest, amend
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import Account, Order, Status, StopMode, TriggerBy
from exchange_simulator.orders import place
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange
from exchange_simulator.stops import StopRequest, set_stops
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal


def resting(**more: Any) -> tuple[Exchange, Account, Order]:
    """A buy of 1 BTC that rests at 59,000 in a market that stands at 60,000."""
    exchange = make_exchange(["60000"] * 9)
    account = hedger(exchange)
    return exchange, account, place(exchange, account, order("Buy", "1", 1, "59000", **more))


def waiting(**more: Any) -> tuple[Exchange, Account, Order]:
    """A conditional market buy that wakes at 61,000."""
    exchange = make_exchange(["60000"] * 9)
    account = hedger(exchange)
    fields: dict[str, Any] = {"trigger_price": D(61_000), "trigger_rises": True, **more}
    return exchange, account, place(exchange, account, order("Buy", "1", 1, **fields))


def change(**values: Any) -> AmendRequest:
    """A request from texts."""
    fields: dict[str, Any] = {
        name: D(v) if isinstance(v, str) and "by" not in name else v for name, v in values.items()
    }
    return AmendRequest(**fields)


def seen(it: Order) -> tuple[object, ...]:
    """Everything of an order that an amendment may touch."""
    return (
        *(it.price, it.qty, it.leaves, it.trigger_price, it.trigger_by, it.status, it.sequence),
        *(it.take_profit, it.stop_loss, it.take_profit_by, it.stop_loss_by, it.margin_held),
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"price": "0"}, Reason.BAD_PARAMETER),
        ({"price": "0.01"}, Reason.PRICE_OUT_OF_RANGE),
        ({"price": "66001"}, Reason.PRICE_OUT_OF_RANGE),
        ({"price": "99999999"}, Reason.PRICE_OUT_OF_RANGE),
        ({"qty": "0"}, Reason.QUANTITY_TOO_SMALL),
        ({"qty": "0.0009"}, Reason.QUANTITY_TOO_SMALL),
        ({"qty": "1190.001"}, Reason.QUANTITY_TOO_LARGE),
        ({"qty": "100"}, Reason.INSUFFICIENT_MARGIN),
        ({"stop_loss": "59500"}, Reason.STOP_SIDE),
        ({"take_profit": "58500"}, Reason.STOP_SIDE),
        ({"take_profit": "999999999"}, Reason.PRICE_OUT_OF_RANGE),
        ({"price": "59000.05"}, Reason.ORDER_NOT_MODIFIED),
        ({"qty": "1.0005"}, Reason.ORDER_NOT_MODIFIED),
        ({"trigger_price": "58000"}, Reason.ORDER_NOT_MODIFIED),
        ({}, Reason.ORDER_NOT_MODIFIED),
    ],
)
def test_a_refused_amendment_changes_nothing(values: dict[str, str], reason: Reason) -> None:
    """Each rule for new orders holds for changed ones; the order stays as it was."""
    exchange, account, it = resting()
    before = seen(it)
    with pytest.raises(Refusal) as refused:
        amend(exchange, account, it, change(**values))
    assert refused.value.reason is reason
    assert seen(it) == before


def test_an_amendment_cannot_outgrow_the_risk_limit() -> None:
    """A leg whose leverage is not allowed at the value asked for is refused."""
    exchange = make_exchange(["60000"] * 3, rules=Rules(default_leverage=D(100)))
    account = hedger(exchange, balance="100000000")
    it = place(exchange, account, order("Buy", "30", 1, "59000"))
    with pytest.raises(Refusal) as refused:
        amend(exchange, account, it, change(qty="40"))
    assert refused.value.reason is Reason.RISK_LIMIT_EXCEEDED
    assert it.qty == 30


def test_a_larger_quantity_or_a_new_price_loses_the_place() -> None:
    """Only a smaller quantity keeps it."""
    exchange, account, it = resting()
    place_in_queue = it.sequence
    amend(exchange, account, it, change(qty="0.5"))
    assert it.sequence == place_in_queue
    amend(exchange, account, it, change(qty="0.8"))
    moved = it.sequence
    assert moved > place_in_queue
    amend(exchange, account, it, change(price="58000"))
    assert it.sequence > moved
    assert (it.price, it.qty, it.leaves, it.status) == (58_000, D("0.8"), D("0.8"), Status.NEW)
    assert account.order_margin == it.margin_held > 0


def test_the_trigger_and_its_source_can_be_changed() -> None:
    """Both are checked against the price that the order watches afterwards."""
    exchange, account, it = waiting()
    amend(exchange, account, it, change(trigger_price="62000.07", trigger_by=TriggerBy.MARK))
    assert (it.trigger_price, it.trigger_by) == (D(62_000), TriggerBy.MARK)
    amend(exchange, account, it, change(trigger_by=TriggerBy.INDEX))
    assert (it.trigger_price, it.trigger_by) == (D(62_000), TriggerBy.INDEX)
    with pytest.raises(Refusal, match=r"expect Rising, but .*\?\?IndexPrice"):
        amend(exchange, account, it, change(trigger_price="59000"))
    assert it.trigger_price == 62_000


def test_a_changed_trigger_fires_at_its_new_price() -> None:
    """Neither the old price nor anything in between wakes it."""
    exchange = make_exchange(["60000", "61500", "62500", "62500"])
    account = hedger(exchange)
    it = place(exchange, account, order("Buy", "1", 1, trigger_price=D(61_000), trigger_rises=True))
    amend(exchange, account, it, change(trigger_price="62000"))
    go(exchange, 1.5)
    assert it.status is Status.UNTRIGGERED
    go(exchange, 1)
    assert it.status is Status.FILLED


def test_carried_stops_can_be_set_moved_and_removed() -> None:
    """Zero removes one and leaves the other; each has its own price source."""
    exchange, account, it = resting()
    amend(
        exchange,
        account,
        it,
        change(take_profit="61000.07", stop_loss="58000", stop_loss_by=TriggerBy.MARK),
    )
    assert (it.take_profit, it.stop_loss) == (D(61_000), D(58_000))
    assert (it.take_profit_by, it.stop_loss_by) == (TriggerBy.LAST, TriggerBy.MARK)
    assert it.stop_mode is StopMode.FULL
    amend(exchange, account, it, change(take_profit="0"))
    assert (it.take_profit, it.take_profit_by) == (None, TriggerBy.NONE)
    assert (it.stop_loss, it.stop_loss_by) == (D(58_000), TriggerBy.MARK)
    with pytest.raises(Refusal) as refused:
        amend(exchange, account, it, change(take_profit="0"))
    assert refused.value.reason is Reason.ORDER_NOT_MODIFIED


def half_filled() -> tuple[Exchange, Account, Order]:
    """A buy at the ask that took all there was and rests with 1 BTC more."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange, balance="10000000")
    ticks, steps = book_levels(exchange, "BTCUSDT", bids=False, depth=1)[0]
    qty, price = D("0.001") * steps + 1, D("0.1") * ticks
    it = place(exchange, account, order("Buy", str(qty), 1, str(price)))
    assert it.status is Status.PARTIALLY_FILLED
    assert it.leaves == 1
    return exchange, account, it


def test_the_quantity_cannot_go_below_what_is_filled() -> None:
    """The filled part stays; anything above it can be asked for."""
    exchange, account, it = half_filled()
    for qty in (it.filled, it.filled - D("0.001")):
        with pytest.raises(Refusal) as refused:
            amend(exchange, account, it, change(qty=str(qty)))
        assert refused.value.reason is Reason.QUANTITY_ALREADY_FILLED
    amend(exchange, account, it, change(qty=str(it.filled + D("0.5"))))
    assert (it.leaves, it.status) == (D("0.5"), Status.PARTIALLY_FILLED)


def test_stops_of_an_order_that_began_to_fill_stay_as_they_are() -> None:
    """They protect the leg by now, and are changed there."""
    exchange, account, it = half_filled()
    with pytest.raises(Refusal) as refused:
        amend(exchange, account, it, change(stop_loss="58000"))
    assert refused.value.reason is Reason.STOPS_OF_FILLED_ORDER


def test_a_closing_order_takes_what_others_leave() -> None:
    """Its quantity is cut to the leg less other resting closing orders; stops are not for it."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    place(exchange, account, order("Buy", "1", 1))
    place(exchange, account, order("Sell", "0.3", 1, "61000"))
    it = place(exchange, account, order("Sell", "0.2", 1, "62000"))
    amend(exchange, account, it, change(qty="5"))
    assert it.qty == it.leaves == D("0.7")
    with pytest.raises(Refusal, match="not supported for reduce-only"):
        amend(exchange, account, it, change(stop_loss="70000"))


def protected(mode: StopMode) -> tuple[Exchange, Account, dict[str, Order]]:
    """A long leg with a take profit and a stop loss, by name."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    place(exchange, account, order("Buy", "1", 1))
    leg = account.legs[("BTCUSDT", 1)]
    request = StopRequest(
        mode=mode, take_profit=D(62_000), stop_loss=D(58_000), trailing=D(3_000), qty=None
    )
    set_stops(exchange, account, leg, request)
    found = {it.stop_kind.value: it for it in account.open_orders.values()}
    return exchange, account, found


def test_full_stops_are_changed_on_the_leg_not_by_amending() -> None:
    """Their trigger may move; their quantity and the stops of the leg may not."""
    exchange, account, found = protected(StopMode.FULL)
    stop = found["StopLoss"]
    amend(exchange, account, stop, change(trigger_price="58500"))
    assert stop.trigger_price == account.legs[("BTCUSDT", 1)].stop_loss.trigger_price == 58_500  # type: ignore[union-attr]
    for values in ({"qty": "0.5"}, {"take_profit": "63000"}, {"stop_loss": "57000"}):
        with pytest.raises(Refusal) as refused:
            amend(exchange, account, stop, change(**values))
        assert refused.value.reason is Reason.STOPS_OF_FULL_MODE


def test_a_trailing_stop_cannot_be_amended() -> None:
    """It follows the price by itself."""
    exchange, account, found = protected(StopMode.FULL)
    with pytest.raises(Refusal, match="cannot be amended"):
        amend(exchange, account, found["TrailingStop"], change(trigger_price="59000"))


def test_changing_one_of_a_pair_unbinds_it() -> None:
    """Afterwards either lives without the other; before, each ended with the other."""
    exchange, account, found = protected(StopMode.PARTIAL)
    profit, stop = found["PartialTakeProfit"], found["PartialStopLoss"]
    assert profit.pair is stop
    amend(exchange, account, stop, change(trigger_price="58500"))
    assert profit.pair is None
    assert stop.pair is None
    amend(exchange, account, stop, change(qty="0.4"))
    assert (stop.qty, profit.qty) == (D("0.4"), D(1))


def test_an_amended_order_that_crosses_trades_at_once() -> None:
    """It is filled as a taker, up to its new price."""
    exchange, account, it = resting()
    amend(exchange, account, it, change(price="60100"))
    assert it.status is Status.FILLED
    assert not account.executions[-1].maker
    assert account.order_margin == 0
