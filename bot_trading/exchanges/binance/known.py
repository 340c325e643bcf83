"""Which client order id belongs to an order number, remembered from what was sent and seen.

Binance's list of trades names orders by number alone. Memory is bounded: the oldest orders are
forgotten first, and have to be asked for again.
"""

from __future__ import annotations

from collections import OrderedDict

from bot_trading.exchanges.binance.names import StopNames

__all__ = ["KnownOrders"]

ORDERS_MAX = 20_000


class KnownOrders:
    """Client order ids by order number, and the ids that were sent in this life; `stops` tells
    which of them are our protection."""

    def __init__(self, stops: StopNames | None = None) -> None:
        self.stops = StopNames() if stops is None else stops
        self._names: OrderedDict[int, str] = OrderedDict()
        self._sent: OrderedDict[str, None] = OrderedDict()

    def remember(self, order_id: int, client_order_id: str) -> None:
        """Keep the client's id of an order."""
        if order_id not in self._names:
            self._names[order_id] = client_order_id
            if len(self._names) > ORDERS_MAX:
                self._names.popitem(last=False)

    def name_of(self, order_id: int) -> str | None:
        """The client's id of an order, or None when the order is not known here."""
        return self._names.get(order_id)

    def is_first_send(self, client_order_id: str) -> bool:
        """True the first time that an id is about to be sent.

        Binance takes the id of an order that ended once more, so that it is for us to send it once.
        """
        if client_order_id in self._sent:
            return False
        self._sent[client_order_id] = None
        if len(self._sent) > ORDERS_MAX:
            self._sent.popitem(last=False)
        return True

    def was_not_sent(self, client_order_id: str) -> None:
        """The send provably ended before anything left, or was refused: it may be made again."""
        self._sent.pop(client_order_id, None)
