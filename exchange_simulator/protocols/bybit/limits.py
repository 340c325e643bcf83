"""Bybit's rate limits: rolling one-second windows per account, and five seconds per address."""

from collections import deque
from dataclasses import dataclass

__all__ = ["Allowance", "Limits"]

_SECOND_US = 1_000_000
_IP_WINDOW_US = 5 * _SECOND_US
_IP_MAX = 600
_IP_BAN_US = 600 * _SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the rate-limit headers say, and whether the request may go on."""

    limit: int
    remaining: int
    reset_ms: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """Return the three headers."""
        return {
            "X-Bapi-Limit": str(self.limit),
            "X-Bapi-Limit-Status": str(self.remaining),
            "X-Bapi-Limit-Reset-Timestamp": str(self.reset_ms),
        }


class Limits:
    """Counts requests by wall time; switched off, it only fills the headers."""

    def __init__(self, *, on: bool) -> None:
        """Start with empty windows."""
        self.on = on
        self._by_account: dict[tuple[int, str], deque[int]] = {}
        self._by_address: dict[str, deque[int]] = {}
        self._banned_until_us: dict[str, int] = {}

    def take(
        self, account_id: int, group: str, limit: int, wall_us: int, *, cost: int = 1
    ) -> Allowance:
        """Count a request of `cost` units against an account's group of endpoints."""
        now_ms = wall_us // 1000
        if not self.on:
            return Allowance(limit=limit, remaining=limit - 1, reset_ms=now_ms, allowed=True)
        window = self._by_account.setdefault((account_id, group), deque())
        while window and window[0] <= wall_us - _SECOND_US:
            window.popleft()
        if len(window) + cost > limit:
            reset_ms = (window[0] + _SECOND_US) // 1000 + 1 if window else now_ms
            return Allowance(limit=limit, remaining=0, reset_ms=reset_ms, allowed=False)
        window.extend([wall_us] * cost)
        remaining = limit - len(window)
        reset_ms = now_ms if remaining else (window[0] + _SECOND_US) // 1000 + 1
        return Allowance(limit=limit, remaining=remaining, reset_ms=reset_ms, allowed=True)

    def address_allowed(self, address: str, wall_us: int) -> bool:
        """Count a request of an address; too many ban it for ten minutes."""
        if not self.on:
            return True
        if wall_us < self._banned_until_us.get(address, 0):
            return False
        window = self._by_address.setdefault(address, deque())
        while window and window[0] <= wall_us - _IP_WINDOW_US:
            window.popleft()
        window.append(wall_us)
        if len(window) <= _IP_MAX:
            return True
        self._banned_until_us[address] = wall_us + _IP_BAN_US
        window.clear()
        return False
