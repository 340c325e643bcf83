"""Remembering which leg an order belongs to."""

from __future__ import annotations

import json

from bot_trading.domain.instrument import PositionIdx
from bot_trading.exchanges.bybit import wire
from bot_trading.exchanges.bybit.known import ORDERS_MAX, KnownOrders
from tests.builders.bybit_frames import execution_row


def row(**changes: str) -> wire.ExecutionRow:
    """An execution as decoded."""
    return wire.decode_execution(json.dumps(execution_row(**changes)).encode())


def test_both_ids_tell_the_leg() -> None:
    """An order is found by our id and by theirs, and a stranger's is not found."""
    known = KnownOrders()
    known.remember_id("ours-1", PositionIdx.SHORT)
    assert known.leg_of(row(orderId="other")) is PositionIdx.SHORT
    known.remember_id("theirs-1", PositionIdx.SHORT)
    assert known.leg_of(row(orderLinkId="")) is PositionIdx.SHORT
    assert known.leg_of(row(orderId="x", orderLinkId="y")) is None


def test_an_empty_id_is_nobody() -> None:
    """Orders without a client id do not stand for each other."""
    known = KnownOrders()
    known.remember_id("", PositionIdx.LONG)
    assert known.leg_of(row(orderId="x", orderLinkId="")) is None


def test_the_oldest_are_forgotten_first() -> None:
    """Memory is bounded."""
    known = KnownOrders()
    for number in range(ORDERS_MAX + 1):
        known.remember_id(str(number), PositionIdx.LONG)
    assert known.leg_of(row(orderId="0", orderLinkId="")) is None
    assert known.leg_of(row(orderId="1", orderLinkId="")) is PositionIdx.LONG
