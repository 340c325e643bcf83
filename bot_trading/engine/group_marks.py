"""Which orders and fills belong to a group of legs, and a fill that came after its end."""

from __future__ import annotations

from dataclasses import replace

from bot_trading.domain.fill import Fill
from bot_trading.domain.group import GroupPhase
from bot_trading.domain.order import Order, OrderOrigin
from bot_trading.engine.state import EngineState

__all__ = ["marked", "marked_order"]


def marked_order(state: EngineState, order: Order) -> Order:
    """The order with the group of its leg; one of ours has it from the start, and a person's has
    none once the group is over."""
    if order.group_id is not None:
        return order
    group = state.groups.get(order.leg_id.symbol)
    if group is None or order.leg_id not in group.legs:
        return order
    if group.is_over and order.origin is not OrderOrigin.EXCHANGE:
        return order
    return replace(order, group_id=group.group_id)


def marked(state: EngineState, order: Order, fill: Fill) -> tuple[Order, Fill]:
    """An order and a fill of it with their group. An entry that filled after the evidence that
    ended its group was wrong opens the group again, so that what it brought is closed."""
    order = marked_order(state, order)
    if order.group_id is None:
        return order, fill
    group = state.groups.get(fill.leg_id.symbol)
    is_late = group is not None and group.is_over and group.group_id == order.group_id
    if group is not None and is_late and fill.is_opening and order.origin is OrderOrigin.BOT:
        late = replace(group, phase=GroupPhase.LEAVING, cause="a fill after the end")
        state.groups[fill.leg_id.symbol] = late
    return order, replace(fill, group_id=order.group_id)
