"""Bears witness beside a simulated exchange: what was held, protected and resting, at each moment.

A bot's own traffic does not tell whether a leg had its stop. The exchange knows, whatever language
it speaks, and its state goes into the same recording as rows of the kind `truth`. Handshakes that
it refused are rows of the kind `refused`, since nothing else of them would be left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from exchange_simulator.connection import Connection
from exchange_simulator.model import OWN_MARGIN, Account, Leg, Order, Side, Status
from exchange_simulator.wire_protocol import Answer, WireProtocol

__all__ = ["FLOOD", "Witness", "state_of"]

FLOOD = 20_000  # Messages of one session; a bot in a hurry sends a few hundred.
LEGS = {0: "net", 1: "long", 2: "short"}
Write = Callable[[dict[str, Any]], None]


class Witness:
    """A protocol that hands everything on, and writes down what came of it."""

    def __init__(
        self, protocol: WireProtocol, write: Write, tell: Callable[[str], None], flood: int = FLOOD
    ) -> None:
        """`write` takes a row; `tell` hears `held` once, and `flood` at so many messages."""
        self._flood = flood
        self._protocol = protocol
        self._write = write
        self._tell = tell
        self._has_held = False
        self._told: dict[str, Any] = {}
        self._messages = 0
        self.name = protocol.name
        self.exchange = protocol.exchange
        self.connections = protocol.connections

    def advance(self, wall_us: int) -> None:
        """Pass time on, and look at what it changed."""
        self._protocol.advance(wall_us)
        self._look()

    def next_wall_us(self) -> int | None:
        """Ask when something happens next."""
        return self._protocol.next_wall_us()

    def request(
        self,
        *,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Answer a request, and look at what it changed."""
        self._count()
        answer = self._protocol.request(
            method=method, target=target, headers=headers, body=body, address=address
        )
        self._look()
        return answer

    def defect(self, wall_ms: int) -> Answer:
        """Answer as the exchange does."""
        return self._protocol.defect(wall_ms)

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open a socket, and write down one that was refused."""
        self._count()
        connection = self._protocol.connect(path, wake)
        if connection is None:
            self._write({"kind": "refused", "path": path})
        return connection

    def receive(self, connection: Connection, data: bytes) -> None:
        """Hand a frame on, and look at what it changed."""
        self._count()
        self._protocol.receive(connection, data)
        self._look()

    def disconnect(self, connection: Connection) -> None:
        """Note the end of a socket."""
        self._protocol.disconnect(connection)

    def _count(self) -> None:
        self._messages += 1
        if self._messages == self._flood:
            self._tell("flood")

    def _look(self) -> None:
        """Write the first account's state where it is another than the last one written."""
        account = next(iter(self.exchange.accounts.values()))
        state = state_of(account)
        if state != self._told:
            self._told = state
            self._write({"kind": "truth", **state})
        if state["legs"] and not self._has_held:
            self._has_held = True
            self._tell("held")


def state_of(account: Account) -> dict[str, Any]:
    """Legs that hold something, with how much of each a stop covers, and the orders that rest."""
    orders = [order for order in account.open_orders.values() if order.open]
    return {
        "legs": [
            {
                "symbol": leg.symbol,
                "leg": LEGS[leg.index % OWN_MARGIN],
                "side": leg.side.lower() if leg.side is not None else "",
                "qty": str(leg.qty),
                "covered": str(_covered(leg, orders)),
            }
            for leg in account.held()
        ],
        "orders": [
            {
                "id": order.order_id,
                "name": order.client_id,
                "symbol": order.symbol,
                "leg": LEGS[order.leg_index % OWN_MARGIN],
                "side": order.side.lower(),
                "closes": _closes(order),
            }
            for order in orders
        ],
    }


def _closes(order: Order) -> bool:
    """Whether the order can only make a leg smaller."""
    index = order.leg_index % OWN_MARGIN
    closing = {1: Side.SELL, 2: Side.BUY}.get(index)
    return order.side is closing if closing is not None else order.reduce_only or order.closing


def _covered(leg: Leg, orders: list[Order]) -> Decimal:
    """How much of a leg is closed once the price goes far enough against it."""
    if leg.side is None:
        return Decimal(0)
    covered = Decimal(0)
    for order in orders:
        if (order.symbol, order.leg_index) != (leg.symbol, leg.index):
            continue
        waits = order.status is Status.UNTRIGGERED and order.trigger_price is not None
        trails = order.trail_distance is not None or order.trail_ratio is not None
        guards = trails or order.trigger_rises is (leg.side is Side.SELL)
        if waits and guards and order.side is leg.side.opposite:
            covered += leg.qty if order.whole_leg else order.leaves or order.qty
    return min(covered, leg.qty)
