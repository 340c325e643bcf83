"""Names of orders are remembered within bounds, and an id is sent once."""

from __future__ import annotations

from bot_trading.exchanges.binance.known import ORDERS_MAX, KnownOrders


def test_names_are_remembered_and_the_oldest_forgotten() -> None:
    """Memory is bounded; what was forgotten is not known rather than wrong."""
    known = KnownOrders()
    known.remember(1, "ours-1")
    known.remember(1, "someone-else")
    assert known.name_of(1) == "ours-1"
    assert known.name_of(2) is None
    for number in range(2, ORDERS_MAX + 2):
        known.remember(number, "later")
    assert known.name_of(1) is None
    assert known.name_of(ORDERS_MAX + 1) == "later"


def test_an_id_is_sent_once() -> None:
    """Binance would take the id of an order that ended again; what never left may be sent."""
    known = KnownOrders()
    assert known.is_first_send("ours-1")
    assert not known.is_first_send("ours-1")
    known.was_not_sent("ours-1")
    assert known.is_first_send("ours-1")
    for number in range(ORDERS_MAX):
        known.is_first_send(f"later-{number}")
    assert known.is_first_send("ours-1")
