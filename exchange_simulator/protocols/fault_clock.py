"""What a fault plan does by time and to sockets, alike on every exchange."""

from collections.abc import Callable
from decimal import Decimal

from exchange_simulator.connection import Connection
from exchange_simulator.faults import FaultRule, Faults
from exchange_simulator.forced import deleverage, force_hedge, force_one_way
from exchange_simulator.model import Account
from exchange_simulator.state import Exchange

__all__ = ["FaultClock"]

_TRY_AGAIN_MS = 1000
Announce = Callable[[str, int], None]


class FaultClock:
    """Strikes when a rule is due, and knows what is silent, closed or refusing at the moment."""

    def __init__(
        self,
        exchange: Exchange,
        faults: Faults,
        connections: dict[str, Connection],
        announce: Announce,
    ) -> None:
        """`announce` tells clients of a maintenance: "ongoing" or "completed", and until when."""
        self.exchange = exchange
        self.faults = faults
        self._connections = connections
        self._announce = announce
        self._later: list[tuple[int, Callable[[], None]]] = []
        self._refuse_until_us = 0
        self._closed_until_us = 0
        self._stalls: list[tuple[int, str]] = []

    @property
    def _wall_us(self) -> int:
        return self.exchange.clock.wall_us

    @property
    def refusing(self) -> bool:
        """Whether new orders are refused, because of a maintenance."""
        return self._wall_us < self._refuse_until_us

    @property
    def closed(self) -> bool:
        """Whether nothing is served now, neither requests nor handshakes."""
        return self._wall_us < self._closed_until_us

    def silent(self, kind: str) -> bool:
        """Whether sockets of a kind, "private" or "public", carry no data now."""
        self._stalls = [stall for stall in self._stalls if stall[0] > self._wall_us]
        return any(variant in ("all", kind) for _, variant in self._stalls)

    def draw(self, kinds: tuple[str, ...], where: str) -> FaultRule | None:
        """Return the first rule of these kinds that strikes here and now."""
        return self.faults.draw(kinds, where, self._wall_us)

    def hit(self, rule: FaultRule, what: str) -> None:
        """Remember that a fault really struck something."""
        self.faults.hit(rule, what, wall_us=self._wall_us, market_ms=self.exchange.now_ms)

    def later(self, after_ms: int, action: Callable[[], None]) -> None:
        """Do something after so many milliseconds of the wall clock."""
        self._later.append((self._wall_us + after_ms * 1000, action))

    def next_us(self) -> int | None:
        """Return when something is due by time."""
        times = [due for due, _ in self._later]
        planned = self.faults.next_due_us()
        if planned is not None:
            times.append(planned)
        return min(times) if times else None

    def run_due(self) -> None:
        """Carry out what is due by time."""
        due = [action for at_us, action in self._later if at_us <= self._wall_us]
        self._later = [item for item in self._later if item[0] > self._wall_us]
        for action in due:
            action()
        for rule in self.faults.due(self._wall_us):
            self._strike(rule)
        if due:
            self.exchange.flush()

    def _strike(self, rule: FaultRule) -> None:
        until_us = self._wall_us + int(rule.duration_s * 1e6)
        if rule.fault == "F6":
            self._stalls.append((until_us, rule.variant))
            self.hit(rule, f"{len(self._connections)} sockets silent for {rule.duration_s} s")
        elif rule.fault in ("F7", "F17"):
            self._interrupt(rule, until_us)
        else:
            self._disturb_accounts(rule)

    def _interrupt(self, rule: FaultRule, until_us: int) -> None:
        if rule.fault == "F17":
            self._announce("ongoing", until_us)
            duration_ms = int(rule.duration_s * 1000)
            self.later(duration_ms, lambda: self._announce("completed", until_us))
        if rule.fault == "F17" and rule.variant == "refuse":
            self._refuse_until_us = until_us
            self.hit(rule, f"orders refused for {rule.duration_s} s")
            return
        if rule.variant in ("handshake", "restart"):
            self._closed_until_us = until_us
        cut = list(self._connections.values())
        for connection in cut:
            connection.close()
        self.hit(rule, f"{len(cut)} sockets cut")

    def _disturb_accounts(self, rule: FaultRule) -> None:
        """F11 switches flat symbols; F13 closes a leg, F14 halves it, behind the client's back."""
        exchange = self.exchange
        for account in list(exchange.accounts.values()):
            if rule.fault == "F11":
                self._switch_mode(rule, account)
                continue
            part = Decimal(1) if rule.fault == "F13" else Decimal("0.5")
            for leg in account.held():
                if deleverage(exchange, account, leg, part):
                    self.hit(rule, f"{leg.symbol} leg {leg.index} to {leg.qty}")
                    break
        exchange.flush()

    def _switch_mode(self, rule: FaultRule, account: Account) -> None:
        switched = force_one_way(self.exchange, account)
        if not switched:
            return
        self.hit(rule, f"one-way: {', '.join(switched)}")

        def back() -> None:
            if not force_hedge(self.exchange, account, switched):
                self.later(_TRY_AGAIN_MS, back)

        if rule.variant == "for_a_while":
            self.later(int(rule.duration_s * 1000), back)
