"""Which exchange takes new legs: the first one that is ready, in the configured order.

An exchange is left only after it has not been ready for a while, since a reconnect takes a second,
and a preferred one is returned to only after it has been ready for longer, so that entries do not
swing between two exchanges. Legs that are open know nothing of this: they stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["EntryRoute", "RouteChange"]

_NEVER_HEARD_OF = "not connected yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChange:
    """Entries went from one exchange to another, and why; `is_return` to a preferred one."""

    left: str
    to: str
    why: str
    is_return: bool


class EntryRoute:
    """Where entries go. `exchanges` in the order of preference, at least one; times in µs."""

    def __init__(
        self, exchanges: Sequence[str], *, leave_after_us: int, return_after_us: int
    ) -> None:
        if not exchanges:
            raise ValueError("no exchange is named: entries have nowhere to go")
        self._exchanges = tuple(exchanges)
        self._leave_after_us = leave_after_us
        self._return_after_us = return_after_us
        self._since: dict[str, tuple[bool, int]] = {}
        self.active = self._exchanges[0]

    @property
    def exchanges(self) -> tuple[str, ...]:
        """All of them, the preferred one first."""
        return self._exchanges

    def follow(self, not_ready: Mapping[str, str], now_us: int) -> RouteChange | None:
        """Look at who is ready; the change that follows, or None.

        `not_ready` says by exchange why it takes no new risk, "" when it does. While no exchange is
        ready nothing changes: entries are denied where they are.
        """
        for name in self._exchanges:
            is_ready = not not_ready.get(name, _NEVER_HEARD_OF)
            if name not in self._since or self._since[name][0] is not is_ready:
                self._since[name] = (is_ready, now_us)
        to = self._choice(now_us)
        if to == self.active:
            return None
        left, self.active = self.active, to
        reason = not_ready.get(left, _NEVER_HEARD_OF)
        for_s = (now_us - self._since[left if reason else to][1]) / 1_000_000
        if reason:
            why = f"{left} has not been ready for {for_s:.1f} s: {reason}"
        else:
            why = f"{to} has been ready for {for_s:.1f} s"
        is_return = self._exchanges.index(to) < self._exchanges.index(left)
        return RouteChange(left=left, to=to, why=why, is_return=is_return)

    def _choice(self, now_us: int) -> str:
        is_ready, since_us = self._since[self.active]
        if not is_ready:
            if now_us - since_us < self._leave_after_us:
                return self.active
            return next((name for name in self._exchanges if self._since[name][0]), self.active)
        for name in self._exchanges[: self._exchanges.index(self.active)]:
            is_ready, since_us = self._since[name]
            if is_ready and now_us - since_us >= self._return_after_us:
                return name
        return self.active
