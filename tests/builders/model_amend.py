"""How the model exchange changes a resting order, and what may go wrong on the way."""

from __future__ import annotations

from bot_trading.domain.messages import AmendAnswered, AmendOrder
from bot_trading.domain.order import OrderStatus
from tests.builders.model_exchange import ModelExchange

__all__ = ["AMEND_FATES", "amend"]

AMEND_FATES = ("done", "refused", "lost before", "lost after", "filled before")


def amend(exchange: ModelExchange, command: AmendOrder, fate: str) -> AmendAnswered:
    """Change what rests, cut to what the leg holds beyond others; the answer says no more than it
    may: a lost one proves nothing, and an order that ended is refused."""
    named = command.order.client_order_id
    if fate == "filled before" and command.order.price is not None:
        exchange.move(command.order.price)
    resting = {order.client_order_id: order for order in exchange.resting(command.order.leg_id)}
    order = resting.get(named)
    refusal = ""
    if fate == "refused" or order is None:
        refusal = "170142: the order cannot be modified"
    elif fate != "lost before":
        others = sum(each.left for each in resting.values() if each is not order)
        free = exchange.legs[order.leg_id].quantity - others
        left = min(command.quantity - order.filled, free)
        if left > 0:
            order.quantity, order.price = order.filled + left, command.price
        else:
            order.status = OrderStatus.CANCELED
        exchange.stream.append(exchange.report(order))
    return AmendAnswered(client_order_id=named, refusal=refusal, ts_init_us=exchange.now_us)
