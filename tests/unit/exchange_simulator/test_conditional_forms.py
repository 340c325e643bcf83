"""Forms of conditional orders that other exchanges than the first one have."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import CancelCause, Status
from exchange_simulator.orders import cancel, place
from exchange_simulator.rules import Rules
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal


def test_a_trailing_order_follows_by_a_ratio() -> None:
    """The stop stays one percent below the best price, only rises, and sells its own quantity."""
    exchange = make_exchange(["60000", "61000", "60700", "60000", "60000"])
    account = hedger(exchange)
    place(exchange, account, order("Buy", "1", 1))
    trail = order("Sell", "0.4", 1, trigger_price=D("59400"), trail_ratio=D("0.01"))
    stop = place(exchange, account, trail)
    go(exchange, 2.1)
    assert stop.trigger_price == D("60390")
    go(exchange, 1.5)
    assert stop.status is Status.FILLED
    assert account.legs[("BTCUSDT", 1)].qty == D("0.6")


def test_a_trailing_order_waits_for_its_activation() -> None:
    """Before the price from which it follows has been seen, it does not fire."""
    exchange = make_exchange(["60000", "59000", "61000", "60300", "60300"])
    account = hedger(exchange)
    place(exchange, account, order("Buy", "1", 1))
    trail = order(
        "Sell", "1", 1, trigger_price=D("60400"), trail_distance=D("600"), trail_from=D("61000")
    )
    stop = place(exchange, account, trail)
    go(exchange, 1.9)
    assert stop.status is Status.UNTRIGGERED
    go(exchange, 1.5)
    assert stop.status is Status.FILLED


def test_a_closing_order_may_await_its_position() -> None:
    """Placed before the leg exists it waits; fired without a leg it ends and trades nothing."""
    exchange = make_exchange(["60000", "59000", "59000"])
    account = hedger(exchange)
    early = order("Sell", "1", 1, trigger_price=D("59500"), awaits_position=True)
    with pytest.raises(Refusal) as refused:
        place(exchange, account, replace(early, awaits_position=False))
    assert refused.value.reason is Reason.NOTHING_TO_REDUCE
    stop = place(exchange, account, early)
    go(exchange, 1.1)
    assert stop.status is Status.CANCELED
    assert stop.cancel_cause is CancelCause.BY_REDUCE_ONLY
    assert not account.executions


def test_client_ids_may_be_reusable() -> None:
    """Where the rule says so, only an open order keeps its id to itself."""
    exchange = make_exchange(["60000"] * 3, rules=Rules(client_ids_reusable=True))
    account = hedger(exchange)
    request = order("Buy", "1", 1, "59000", client_id="mine")
    first = place(exchange, account, request)
    with pytest.raises(Refusal):
        place(exchange, account, request)
    cancel(exchange, account, first)
    assert place(exchange, account, request) is account.by_client_id["mine"]
