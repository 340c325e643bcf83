"""Disconnection protection: orders go when every private socket that asked for it stays away.

A socket asks by subscribing to `dcp.future`. Once the account's last such socket is gone, its
resting orders are canceled after the window, unless one comes back before. Conditional and
protective orders stay.
"""

from exchange_simulator.connection import Connection
from exchange_simulator.fills import end_order
from exchange_simulator.model import Account, CancelCause, RejectCause
from exchange_simulator.state import Exchange

__all__ = ["DISCONNECT_TOPIC", "Disconnects"]

DISCONNECT_TOPIC = "dcp.future"


class Disconnects:
    """Watches the sockets of all accounts, by wall time."""

    def __init__(self, exchange: Exchange) -> None:
        """Watch nobody yet."""
        self._exchange = exchange
        self._alive: dict[int, set[str]] = {}
        self._due_us: dict[int, int] = {}

    def came(self, connection: Connection) -> None:
        """A socket subscribed to the topic: whatever was due is called off."""
        if connection.account is None:
            return
        account_id = connection.account.account_id
        self._alive.setdefault(account_id, set()).add(connection.connection_id)
        self._due_us.pop(account_id, None)

    def went(self, connection: Connection) -> None:
        """A socket is gone; if it was the account's last one, time starts to run."""
        account = connection.account
        if account is None or DISCONNECT_TOPIC not in connection.topics:
            return
        alive = self._alive.get(account.account_id, set())
        alive.discard(connection.connection_id)
        if not alive and self._exchange.rules.disconnect_cancels:
            window_us = account.disconnect_window_s * 1_000_000
            self._due_us[account.account_id] = self._exchange.clock.wall_us + window_us

    def next_us(self) -> int | None:
        """Return when the next account's window ends."""
        return min(self._due_us.values(), default=None)

    def run_due(self) -> None:
        """Cancel the orders of accounts that stayed away."""
        now_us = self._exchange.clock.wall_us
        for account_id, due_us in list(self._due_us.items()):
            if due_us <= now_us:
                del self._due_us[account_id]
                self._cancel(self._exchange.by_id[account_id])

    def _cancel(self, account: Account) -> None:
        for order in list(account.open_orders.values()):
            if order.resting:
                leg = self._exchange.leg(account, order.symbol, order.leg_index)
                end_order(
                    self._exchange,
                    order,
                    cause=CancelCause.BY_DISCONNECT,
                    reject=RejectCause.BY_REQUEST,
                )
                self._exchange.touch_leg(account, leg)
        self._exchange.flush()
