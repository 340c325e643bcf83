"""Start-up is recovery: the state that a start begins with is what the store knows."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.engine.state import CoreConfig, EngineState, RecentIds
from bot_trading.ports import StoredState

__all__ = ["restore"]


def restore(config: CoreConfig, stored: StoredState, now_us: int) -> EngineState:
    """The state before the first event; live orders are unsettled until the exchange is asked.

    An account of which the store knows nothing is a first start: fills that other programs made
    on it before are not ours to book. Nothing is read again from before `stored.since_us`: only
    fills from there on are recognised as booked.
    """
    state = EngineState(config=config, now_us=now_us)
    state.trading_state = stored.trading_state
    state.trading_state_why = stored.trading_state_why
    state.is_first_start = not (stored.orders or stored.legs or stored.since_us)
    state.since_us = state.reread_from_us = stored.since_us
    state.trade_ids = RecentIds(stored.trade_ids)
    state.legs = {leg.leg_id: leg for leg in stored.legs}
    for order in stored.orders:
        state.booked_qty[order.client_order_id] = order.filled_qty
        # A market order is stored without the price it was approved at. It was below its stop or
        # its target, so the highest price that it names bounds what it may still spend.
        named = (order.price, order.avg_px, order.stop_loss, order.take_profit)
        price = max((each for each in named if each), default=None)
        if not order.reduce_only and price and order.leaves_qty > Decimal(0):
            state.reservations.hold(order.client_order_id, order.leg_id, order.leaves_qty, price)
        state.put_order(order)
        state.unsettled[order.client_order_id] = 0
    return state
