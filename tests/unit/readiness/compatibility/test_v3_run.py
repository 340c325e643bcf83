"""v3's core on the tape: protected entries, exits of the exchange, and nothing left to chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from bot_trading.engine.state import CoreConfig
from readiness.compatibility.histories import differences
from readiness.compatibility.v3_run import run_v3


def test_the_same_core_does_the_same_twice(core: CoreConfig) -> None:
    """Nothing of a run is left to chance or to the clock."""
    assert run_v3(core) == run_v3(core)


def test_the_core_is_led_through_every_exit(core: CoreConfig) -> None:
    """Stop, target and horizon each end a leg, two legs live at once, a third entry is denied."""
    history = run_v3(core)
    reasons = Counter(why for life in history.lives for why, _ in life.exits)
    assert set(reasons) == {"stop_loss", "take_profit", "timeout"}
    assert Counter(one.quantity is None for one in history.decisions) == {False: 16, True: 2}
    bitcoin = [life for life in history.lives if life.symbol == "BTCUSDT"]
    short = next(life for life in bitcoin if life.direction == "short")
    assert any(
        life.opened_ms < (short.closed_ms or 0) and short.opened_ms < (life.closed_ms or 0)
        for life in bitcoin
        if life.direction == "long"
    )


def test_every_order_names_its_leg(core: CoreConfig) -> None:
    """Entries carry a stop and an id, exits only reduce."""
    for order in run_v3(core).orders:
        opens = (order.side == "Buy") == (order.position_idx == 1)
        assert order.position_idx in (1, 2)
        assert order.reduce_only is not opens
        assert order.carries_stop is opens
        assert order.has_id is not order.rested_there


def test_what_closes_is_what_was_entered(core: CoreConfig) -> None:
    """The exits of a leg that has ended sum to its entries."""
    for life in run_v3(core).lives:
        closed = sum((quantity for _, quantity in life.exits), Decimal(0))
        assert closed == (life.entered if life.closed_ms else 0)


def test_another_rule_is_another_history(core: CoreConfig) -> None:
    """A stop that lies further away is not hit where the right one is."""
    far = replace(core, barrier=replace(core.barrier, stop_ratio=Decimal("0.02")))
    kinds = {one.kind for one in differences(run_v3(core), run_v3(far))}
    assert "exit" in kinds
