"""Carries out a fault plan on requests, answers and frames, in whatever language they are."""

from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

from exchange_simulator.connection import Connection
from exchange_simulator.faults import FaultRule, Faults
from exchange_simulator.forced import deleverage
from exchange_simulator.model import Account, Order
from exchange_simulator.orders import cancel
from exchange_simulator.protocols.answers import Reply
from exchange_simulator.protocols.fault_clock import FaultClock
from exchange_simulator.state import Exchange

__all__ = ["BAD_GATEWAY", "AnswerLostError", "FaultWords", "Injector"]

Frame = TypeVar("Frame")
BAD_GATEWAY = b"<html><body>502 Bad Gateway</body></html>"
_DELAY_MS = 15_000


class AnswerLostError(Exception):
    """The answer to a request on a socket is lost, and the socket goes with it."""


class FaultWords(Protocol[Frame]):
    """How one exchange says what a fault makes it say, and reads what a client asked for.

    `cancel_place` is where a single order is canceled.
    """

    cancel_place: str

    def announce(self, state: str, until_us: int) -> None:
        """Tell clients that a maintenance is "ongoing" or "completed"."""

    def refusal(self, variant: str) -> Reply:
        """Return the error of a variant of F2, F9 or F15."""

    def maintenance(self, place: str) -> Reply | None:
        """Return what a new order is answered with during maintenance; None for other places."""

    def too_late(self) -> Reply:
        """Return what a request beyond its time window is answered with."""

    def accepted(self, reply: Reply) -> bool:
        """Whether an answer says that the request was carried out."""

    def closing_leg(self, account: Account, fields: dict[str, Any]) -> tuple[str, int] | None:
        """Return symbol and leg that an order would close, or None."""

    def named_order(self, account: Account, fields: dict[str, Any]) -> Order | None:
        """Return the order that a cancel names."""

    def canceled(self, order: Order) -> Reply:
        """Return the acknowledgement of a cancel."""

    def gone(self) -> Reply:
        """Return the answer that there is no such order."""

    def stale(
        self, place: str, reply: Reply, *, rule: FaultRule, edge_ms: int
    ) -> tuple[Reply, int]:
        """Return an answer without the rows that are too new or too old, and how many were hidden.

        A `lag` hides rows newer than the edge, a `restart` closed ones, `short` older ones.
        """

    def echo(self, frame: Frame) -> tuple[Frame, str] | None:
        """Return the second message of a fill that a cancel raced, and of which order; or None."""


class Injector(Generic[Frame]):
    """Asks the plan at each place where something can go wrong, and does it."""

    def __init__(
        self,
        exchange: Exchange,
        faults: Faults,
        connections: dict[str, Connection],
        words: FaultWords[Frame],
    ) -> None:
        """Disturb an exchange and its sockets in the words of its language."""
        self.exchange = exchange
        self.clock = FaultClock(exchange, faults, connections, words.announce)
        self._words = words
        self._held: list[Frame] = []

    def before(self, place: str, account: Account | None, fields: Any) -> Reply | None:
        """Return an answer that replaces the request's own, which is then not carried out."""
        self.exchange.pieces = 1
        clock, words = self.clock, self._words
        if clock.closed:
            return Reply(status=502, body=BAD_GATEWAY, content_type="text/html")
        if clock.refusing and (reply := words.maintenance(place)) is not None:
            return reply
        rule = clock.draw(("F9", "F10"), place)
        if rule is not None:
            clock.hit(rule, place)
            return words.too_late() if rule.fault == "F10" else words.refusal(rule.variant)
        if account is None or not isinstance(fields, dict):
            return None
        return self._before_by_account(place, account, fields)

    def _before_by_account(
        self, place: str, account: Account, fields: dict[str, Any]
    ) -> Reply | None:
        clock = self.clock
        closing = self._words.closing_leg(account, fields)
        rule = clock.draw(("F12",), place) if closing is not None else None
        if rule is not None and closing is not None:
            self._flatten(rule, account, closing)
        rule = clock.draw(("F18",), place)
        if rule is not None:
            self.exchange.pieces = max(1, rule.pieces)
            clock.hit(rule, f"{place} in {rule.pieces} pieces")
        rule = clock.draw(("F4:late", "F4:gone", "F15:ignored"), place)
        if rule is None:
            return None
        if rule.fault == "F4":
            return self._odd_cancel(rule, account, fields)
        clock.hit(rule, place)
        return self._words.refusal("34040")

    def _flatten(self, rule: FaultRule, account: Account, key: tuple[str, int]) -> None:
        leg = account.legs.get(key)
        if leg is not None and deleverage(self.exchange, account, leg, Decimal(1)):
            self.clock.hit(rule, f"{leg.symbol} leg {leg.index} closed before the order")
            self.exchange.flush()

    def _odd_cancel(
        self, rule: FaultRule, account: Account, fields: dict[str, Any]
    ) -> Reply | None:
        """`late` acknowledges and cancels later; `gone` denies the order and cancels nothing."""
        order = self._words.named_order(account, fields)
        if order is None or not order.open:
            return None
        self.clock.hit(rule, order.order_id)
        if rule.variant == "gone":
            return self._words.gone()

        def cancel_now() -> None:
            if order.open:
                cancel(self.exchange, account, order)

        self.clock.later(rule.lag_ms, cancel_now)
        return self._words.canceled(order)

    def after(self, place: str, reply: Reply) -> Reply:
        """Return the answer as it arrives, if it arrives; refusals always do."""
        self.exchange.pieces = 1
        if not self._words.accepted(reply):
            return reply
        rule = self.clock.draw(("F1", "F2", "F3", "F15:set", "F16"), place)
        if rule is None:
            return reply
        if rule.fault in ("F3", "F16"):
            edge_ms = self.exchange.now_ms - int(rule.lag_ms * self.exchange.clock.speed)
            shown, hidden = self._words.stale(place, reply, rule=rule, edge_ms=edge_ms)
            if hidden:
                self.clock.hit(rule, f"{place} hid {hidden} rows")
            return shown
        self.clock.hit(rule, place)
        if rule.fault == "F1":
            reply.lost = rule.variant == "closed"
            reply.delay_ms = _DELAY_MS if rule.variant == "delayed" else 0
            return reply
        return self._words.refusal("34040" if rule.fault == "F15" else rule.variant)

    def private(self, frames: list[Frame]) -> list[Frame]:
        """Duplicate, reverse or hold back the frames of one operation."""
        frames, self._held = [*frames, *self._held], []
        frames += [echo for frame in list(frames) for echo in self._echoes(frame)]
        rule = self.clock.draw(("F5",), "private") if frames else None
        if rule is None:
            return frames
        self.clock.hit(rule, f"{len(frames)} frames")
        if rule.variant == "duplicate":
            return [frame for frame in frames for _ in range(2)]
        if rule.variant == "reverse":
            return frames[::-1]
        self._held = frames[:1]
        return frames[1:]

    def _echoes(self, frame: Frame) -> list[Frame]:
        """F4: a cancel that raced the fill makes a second message of it."""
        found = self._words.echo(frame)
        if found is None:
            return []
        rule = self.clock.draw(("F4:double_filled",), self._words.cancel_place)
        if rule is None:
            return []
        self.clock.hit(rule, found[1])
        return [found[0]]

    def book(self, topic: str) -> str:
        """Return how the next frame of a book's topic is broken: skip, unknown_level, or not."""
        return self._gap(("F8:skip", "F8:unknown_level"), topic)

    def misses_best(self, topic: str) -> bool:
        """Whether the next frame of a topic of best prices never arrives."""
        return bool(self._gap(("F8:best",), topic))

    def _gap(self, kinds: tuple[str, ...], topic: str) -> str:
        rule = self.clock.draw(kinds, topic)
        if rule is None:
            return ""
        self.clock.hit(rule, topic)
        return rule.variant
