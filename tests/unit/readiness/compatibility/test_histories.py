"""Every way in which two bots can differ on one tape is found, and named by its kind."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from readiness.compatibility.histories import (
    Decision,
    History,
    Life,
    Sent,
    differences,
    of_symbol,
)
from readiness.compatibility.intended import read_intended
from readiness.compatibility.tape import CANDLE_MS, START_MS

INTENDED = frozenset(read_intended())
CANDLE = Decision(symbol="BTCUSDT", candle_ms=START_MS, direction="long", quantity=Decimal(2))
STOPPED = Life(
    symbol="BTCUSDT",
    direction="long",
    entered=Decimal(2),
    opened_ms=START_MS + 2_000,
    closed_ms=START_MS + 90_000,
    exits=(("stop_loss", Decimal(2)),),
)
PLAIN = Sent(
    symbol="BTCUSDT",
    side="Buy",
    position_idx=0,
    reduce_only=False,
    has_id=False,
    carries_stop=False,
    rested_there=False,
)
ENTRY = dataclasses.replace(PLAIN, position_idx=1, has_id=True, carries_stop=True)
EXIT = dataclasses.replace(PLAIN, side="Sell", position_idx=1, reduce_only=True, has_id=True)


def _a_history(**changes: Any) -> History:
    return History(**({"decisions": (CANDLE,), "lives": (STOPPED,), "orders": ()} | changes))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("decision", {"decisions": ()}),
        ("decision", {"decisions": (CANDLE, CANDLE)}),
        ("decision", {"decisions": (dataclasses.replace(CANDLE, direction="short"),)}),
        ("decision", {"decisions": (dataclasses.replace(CANDLE, quantity=None),)}),
        ("decision", {"decisions": (dataclasses.replace(CANDLE, quantity=Decimal(3)),)}),
        ("life", {"lives": ()}),
        ("life", {"lives": (dataclasses.replace(STOPPED, entered=Decimal(4)),)}),
        ("life", {"lives": (dataclasses.replace(STOPPED, direction="short"),)}),
        ("exit", {"lives": (dataclasses.replace(STOPPED, exits=(("timeout", Decimal(2)),)),)}),
        ("exit", {"lives": (dataclasses.replace(STOPPED, exits=(), closed_ms=None),)}),
        ("exit", {"lives": (dataclasses.replace(STOPPED, closed_ms=START_MS + 4 * CANDLE_MS),)}),
        ("v3_order", {"orders": (PLAIN,)}),
        ("v3_order", {"orders": (dataclasses.replace(ENTRY, carries_stop=False),)}),
        ("v3_order", {"orders": (dataclasses.replace(ENTRY, has_id=False),)}),
        ("v3_order", {"orders": (dataclasses.replace(EXIT, reduce_only=False),)}),
    ],
)
def test_what_is_not_intended_is_named(kind: str, changes: dict[str, Any]) -> None:
    """Each way in which v3 could decide or send otherwise than v2 is found, as its own kind."""
    found = {one.kind for one in differences(_a_history(), _a_history(**changes))}
    assert kind in found
    assert kind not in INTENDED


def test_a_v2_order_that_is_not_plain_is_named() -> None:
    """If v2 began to send legs or flags, the comparison would not be with v2 any more."""
    for order in (ENTRY, EXIT):
        found = differences(_a_history(orders=(order,)), _a_history())
        assert [one.kind for one in found] == ["v2_order"]


def test_equal_histories_differ_in_nothing() -> None:
    """Without a difference none is named."""
    assert differences(_a_history(), _a_history()) == []


def test_what_is_intended_is_named_too() -> None:
    """A turn, a later exit, a ladder and v3's own kinds of orders are found as intended kinds."""
    turned = dataclasses.replace(STOPPED, exits=(("reverse", Decimal(2)),))
    late = dataclasses.replace(STOPPED, closed_ms=START_MS + 91_000)
    found = differences(
        _a_history(lives=(turned,)), _a_history(lives=(STOPPED,), orders=(ENTRY, EXIT))
    )
    found += differences(_a_history(lives=(late,)), _a_history())
    taken, steps = (
        dataclasses.replace(STOPPED, exits=(("take_profit", Decimal(2 // count)),) * count)
        for count in (1, 2)
    )
    found += differences(_a_history(lives=(taken,)), _a_history(lives=(steps,)))
    assert {one.kind for one in found} == INTENDED


def test_one_symbol_can_be_looked_at_alone() -> None:
    """What was done on another symbol is left out."""
    ours = _a_history(orders=(ENTRY,))
    assert of_symbol(ours, "BTCUSDT") == ours
    assert of_symbol(ours, "ETHUSDT") == History(decisions=(), lives=(), orders=())


def test_a_life_is_named_by_its_minute() -> None:
    """Symbol, direction and the minute of the market in which it opened."""
    assert STOPPED.name == "BTCUSDT long of 00:00"
