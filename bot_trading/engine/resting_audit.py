"""Does the exchange hold what we believe to rest there: live orders, and ladders as planned?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from bot_trading.domain.account import TradingState
from bot_trading.domain.exits import LegExits
from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderOrigin, OrderPurpose, OrderStatus
from bot_trading.domain.reports import OrderReport
from bot_trading.engine.on_rungs import rung_at
from bot_trading.engine.state import EngineState
from bot_trading.sltp.enhanced import EnhancedSLTPManager
from bot_trading.sltp.partial import order_quantity
from bot_trading.sltp.policy import LadderExecution

__all__ = ["ladder_differences", "live_differences"]

_IN_DOUBT = (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN)


def live_differences(
    state: EngineState, exchange: str, open_orders: Iterable[OrderReport]
) -> list[str]:
    """Orders of ours that we hold to be live, and that the exchange does not.

    Stops are no orders of their own everywhere, and are left out; so is what is in doubt, of which
    we claim nothing. What is under way when this is asked differs too, so ask again before you
    believe it.
    """
    there = {each.client_order_id for each in open_orders}
    return [
        f"{order.leg_id}: order {order.client_order_id} is {order.status} here, not at the exchange"
        for order in state.orders.values()
        if order.leg_id.exchange == exchange
        and order.origin is OrderOrigin.BOT
        and order.purpose is not OrderPurpose.STOP
        and order.status not in _IN_DOUBT
        and order.client_order_id not in there
    ]


def ladder_differences(
    state: EngineState, exchange: str, open_orders: Iterable[OrderReport]
) -> list[str]:
    """Levels of open legs of which the exchange holds another quantity than their plan, in base
    coin: none, too little, or the same level twice.

    Ladders that are sent on touch rest nowhere, a halted account serves none, and a level whose
    order is in doubt waits for it: of these nothing is said. What is under way when this is asked
    differs too, so ask again before you believe it.
    """
    resting = [each for each in open_orders if each.client_order_id and not each.stop_kind]
    return [
        f"{leg_id}: level {level} should rest with {wanted:f}, the exchange holds {held:f}"
        for leg_id, exits in state.exits.items()
        if leg_id.exchange == exchange and _rests(state.manager_of(leg_id))
        for level, wanted, held in _levels(state, leg_id, exits, resting)
        if wanted != held and state.trading_state is not TradingState.HALTED
    ]


def _rests(manager: EnhancedSLTPManager | None) -> bool:
    ladder = None if manager is None else manager.policy.partial_take_profit
    return ladder is not None and ladder.execution is LadderExecution.RESTING


def _levels(
    state: EngineState, leg_id: LegId, exits: LegExits, resting: Iterable[OrderReport]
) -> Iterator[tuple[int, Decimal, Decimal]]:
    """Of each level: its number, what its order should still close, and what rests for it."""
    instrument, leg = state.instruments.get(leg_id.instrument_id), state.leg(leg_id)
    if instrument is None or leg.is_flat:
        return
    held = [Decimal(0)] * len(exits.rungs)
    for order in resting:
        if (order.symbol, order.position_idx) == (leg_id.symbol, leg_id.position_idx):
            at = rung_at(state, exits, order.client_order_id)
            if at is not None:
                held[at] += order.quantity - order.filled_qty
    for rung, quantity in zip(exits.rungs, held, strict=True):
        serving = state.order(rung.client_order_id) if rung.client_order_id else None
        if serving is not None and serving.status in _IN_DOUBT:
            continue
        yield rung.level, order_quantity(rung, leg, instrument, instrument.max_qty), quantity
