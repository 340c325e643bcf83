"""Dead man's switches: an account's orders go unless the client asks again in time."""

from dataclasses import dataclass

from exchange_simulator.model import Account, Status
from exchange_simulator.orders import cancel
from exchange_simulator.state import Exchange

__all__ = ["Countdowns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Countdown:
    account: Account
    symbol: str
    due_us: int


class Countdowns:
    """One countdown per account and symbol, by the wall clock; an empty symbol means all."""

    def __init__(self, exchange: Exchange) -> None:
        """Start without any."""
        self._exchange = exchange
        self._running: dict[tuple[int, str], _Countdown] = {}

    def start(self, account: Account, symbol: str, after_ms: int) -> int:
        """Start again, or stop with zero; returns the wall time in ms at which orders go, or 0."""
        key = account.account_id, symbol
        self._running.pop(key, None)
        if not after_ms:
            return 0
        due_us = self._exchange.clock.wall_us + after_ms * 1000
        self._running[key] = _Countdown(account=account, symbol=symbol, due_us=due_us)
        return due_us // 1000

    def next_us(self) -> int | None:
        """Return when the next one ends, or None."""
        return min((one.due_us for one in self._running.values()), default=None)

    def run_due(self) -> None:
        """Cancel the resting orders of every countdown that is over; waiting ones stay."""
        now_us = self._exchange.clock.wall_us
        for key, one in list(self._running.items()):
            if one.due_us > now_us:
                continue
            del self._running[key]
            for order in list(one.account.open_orders.values()):
                resting = order.status is not Status.UNTRIGGERED
                if resting and one.symbol in ("", order.symbol):
                    cancel(self._exchange, one.account, order)
            self._exchange.flush()
