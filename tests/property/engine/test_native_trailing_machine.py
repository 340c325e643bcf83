"""A trailing stop that the exchange moves, through everything that can go wrong beside it.

The machine of the step, with a policy that leaves trailing to the exchange, and an exchange that
may lose it. After each step: the bot proposed no trailing stop of its own, and asked for none while
one was known to rest. After quiescence every open leg is trailed, once.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderOrigin, OrderPurpose
from bot_trading.domain.signal import Direction
from bot_trading.sltp.policy import DEFAULT_POLICY, TrailingStop, TrailingType
from tests.builders.core import LONG, SHORT
from tests.property.engine.test_step_machine import StepMachine

_NATIVE = replace(
    DEFAULT_POLICY,
    trailing_stop=TrailingStop(
        kind=TrailingType.FIXED,
        activation_percent=Decimal("0.3"),
        distance_usdt=Decimal(100),
        max_distance_percent=Decimal(2),
        native=True,
    ),
)


class NativelyTrailed(StepMachine):
    """Every life of a leg is followed by the exchange."""

    exits = _NATIVE

    @rule(leg_id=st.sampled_from([LONG, SHORT]), is_told=st.booleans())
    def exchange_loses_the_trailing(self, leg_id: LegId, is_told: bool) -> None:
        """It is gone, and the position says so at once or when it is read."""
        exchange = self.core.exchange
        exchange.legs[leg_id].trail = None
        if is_told:
            exchange.stream.append(exchange.leg_report(leg_id))

    @invariant()
    def never_both(self) -> None:
        """The bot's own trailing moved no stop, whatever became of the exchange's."""
        steps = [step for _, step in self.core.memory.accounts["test"].steps.values()]
        assert not [step.cause for step in steps if step.cause.startswith("trailing by")]

    def teardown(self) -> None:
        """Once all is settled, what is open is trailed, at the distance that was declared."""
        super().teardown()
        for leg_id, leg in self.core.exchange.legs.items():
            if leg.quantity and not self.core.state.closing_qty(leg_id):
                assert leg.trail is not None, f"{leg_id} is open and not trailed"
                assert leg.trail.asked.distance == Decimal(100)


TestNativelyTrailed = NativelyTrailed.TestCase
TestNativelyTrailed.settings = settings(
    deadline=None,
    print_blob=True,
    max_examples=60,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)


def _opened(direction: Direction) -> NativelyTrailed:
    machine = NativelyTrailed()
    machine.connect()
    machine.new_signal(direction=direction, fate="answered", parts=("1",))
    machine.core.settle()
    return machine


def test_what_the_exchange_trails_out_is_the_leg_s_own_exit() -> None:
    """Booked as a stop that the exchange made; no order of the leg is left."""
    for direction, leg_id, moves in (
        (Direction.LONG, LONG, (40, -30)),
        (Direction.SHORT, SHORT, (-40, 30)),
    ):
        machine = _opened(direction)
        for step_bps in moves:
            machine.market_moves(step_bps=step_bps, is_told=True)
        machine.core.settle()
        assert machine.core.state.leg(leg_id).is_flat
        stored = [saved.order for saved in machine.core.stored_orders()]
        stops = [order for order in stored if order.origin is OrderOrigin.EXCHANGE]
        assert [order.purpose for order in stops] == [OrderPurpose.STOP]
        machine.teardown()


def test_a_dead_bot_s_leg_is_followed_and_the_next_start_asks_for_nothing() -> None:
    """The exchange goes on while nobody listens; what it tells is read back, not set again."""
    machine = _opened(Direction.LONG)
    before = machine.core.exchange.legs[LONG].trail
    machine.market_moves(step_bps=60, is_told=False)
    machine.restart()
    machine.core.settle()
    trail = machine.core.exchange.legs[LONG].trail
    assert trail is not None
    assert trail is before
    assert trail.stop(1) == machine.core.exchange.price - 100
    steps = [step for _, step in machine.core.memory.accounts["test"].steps.values()]
    asked = [step for step in steps if step.protection.trailing or "native" in step.cause]
    assert [str(step.status) for step in asked] == ["ASKED", "SET"]
    machine.teardown()
