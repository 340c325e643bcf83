"""The ids of our protective orders on Binance, and how they are told from those of others.

An id is the kind, the core's tag, and what it belongs to: the end of its entry's id, where it was
moved with a number behind it, or the instant at which it was placed. Earlier releases left the tag
out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import count

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import StopKind
from bot_trading.exchanges.ownership import UNTAGGED, OwnStops

__all__ = ["KindOf", "StopNames"]

KindOf = Callable[[str, LegId], StopKind | None]

CLIENT_ID_MAX = 36
KINDS = {"sl-": StopKind.STOP_LOSS, "tp-": StopKind.TAKE_PROFIT}
PREFIXES = {kind: prefix for prefix, kind in KINDS.items()}
PREFIX_LENGTH = 3
MOVED_END = 20  # So many characters of its entry's id a moved stop has: the whole digest.
MOVE_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MOVE_STEP_US = 10_000  # A leg's stops move one after another, and each move is a request.
_FORMER = re.compile(r"(sl|tp)-[0-9a-f]{10,16}-[0-9a-f]+")


class StopNames:
    """Makes ids of protective orders, and knows its own again."""

    def __init__(self, core_tag: str = UNTAGGED) -> None:
        self._marks = {kind: f"{prefix}{core_tag}-" for kind, prefix in PREFIXES.items()}
        self._own = OwnStops(*self._marks.values())
        self._numbers = count(1)

    def recall(self, order_ids: Iterable[str], levels: Iterable[LegProtection]) -> None:
        """What the database knows of an earlier release; see `OwnStops`."""
        self._own.recall(order_ids, levels)

    def of_entry(self, kind: StopKind, client_order_id: str) -> str:
        """The id of the stop or target that is placed before its entry, derived from the entry's
        id, so that a later start knows what it belongs to."""
        mark = self._marks[kind]
        return mark + client_order_id[-(CLIENT_ID_MAX - len(mark)) :]

    def moved(self, kind: StopKind, client_order_id: str) -> str:
        """The id of what replaces the stop or target of an entry that may still fill: another one
        with each move, and a later start knows what it belongs to."""
        number, digits = now_us() // MOVE_STEP_US, ""
        for _ in range(5):
            number, digit = divmod(number, len(MOVE_DIGITS))
            digits = MOVE_DIGITS[digit] + digits
        return f"{self._marks[kind]}{client_order_id[-MOVED_END:]}.{digits}"

    def is_of_entry(self, client_id: str, client_order_id: str) -> bool:
        """True for an id under which protection of this entry may rest."""
        if client_id in self._first_of_entry(client_order_id):
            return True
        end, dot, _ = client_id.partition(".")
        return bool(dot) and end in {
            mark + client_order_id[-MOVED_END:] for mark in self._marks.values()
        }

    def _first_of_entry(self, client_order_id: str) -> set[str]:
        names = {self.of_entry(kind, client_order_id) for kind in PREFIXES}
        if self._own.is_recalled(client_order_id):
            names |= {prefix + client_order_id[-(CLIENT_ID_MAX - 3) :] for prefix in KINDS}
        return names

    def new(self, kind: StopKind) -> str:
        """An id that no order had before."""
        return f"{self._marks[kind]}{now_us():x}-{next(self._numbers):x}"

    def kind_of(self, client_id: str, leg_id: LegId) -> StopKind | None:
        """Which protection a conditional order with this id is, or None when it is none of ours."""
        former = client_id[PREFIX_LENGTH:]
        is_ours = self._own.is_named(client_id) or self._own.is_recalled(former)
        return KINDS.get(client_id[:PREFIX_LENGTH]) if is_ours else None

    def kind_fired(self, client_id: str, leg_id: LegId) -> StopKind | None:
        """The same of an order of the matching engine, which a protection became when it fired: of
        one that an earlier release placed no trigger is told any more, so that its kind of id and
        its leg have to say it."""
        kind = self.kind_of(client_id, leg_id)
        is_former = _FORMER.fullmatch(client_id) is not None and self._own.is_former(leg_id)
        return KINDS[client_id[:PREFIX_LENGTH]] if kind is None and is_former else kind

    def kind_at(self, client_id: str, leg_id: LegId, trigger: Decimal) -> StopKind | None:
        """The same of an order that rests at a price: one that an earlier release placed is known
        by what the database wants there."""
        kind = self.kind_of(client_id, leg_id)
        if kind is not None or _FORMER.fullmatch(client_id) is None:
            return kind
        kind = KINDS[client_id[:PREFIX_LENGTH]]
        is_loss = kind is StopKind.STOP_LOSS
        prices = (trigger, None) if is_loss else (None, trigger)
        return kind if self._own.recognise(client_id, leg_id, *prices) else None
