"""Request weight per address and minute, orders per account, and the ban after ignoring them."""

from collections import deque

from exchange_simulator.protocols.binance.wire import ApiError

__all__ = ["ORDERS_PER_10S", "ORDERS_PER_MINUTE", "WEIGHT_PER_MINUTE", "Limits"]

WEIGHT_PER_MINUTE = 2400
ORDERS_PER_10S = 300
ORDERS_PER_MINUTE = 1200
_MINUTE_US = 60_000_000
_BAN_US = 2 * _MINUTE_US
_PATIENCE = 50
_SPANS = (
    ("10S", _MINUTE_US // 6, ORDERS_PER_10S),
    ("1M", _MINUTE_US, ORDERS_PER_MINUTE),
)


class Limits:
    """Counters as the headers report them; with `on` false they count but never refuse."""

    def __init__(self, *, on: bool) -> None:
        """Start with nothing used."""
        self.on = on
        self._minute = -1
        self._weights: dict[str, int] = {}
        self._ignored: dict[str, int] = {}
        self._banned_until_us: dict[str, int] = {}
        self._orders: dict[int, tuple[deque[int], ...]] = {}

    def take_weight(self, address: str, weight: int, wall_us: int) -> int:
        """Count a request and return the weight used in this minute.

        Raises:
            ApiError: -1003 with HTTP 429 above the limit, 418 for an address that goes on.
        """
        minute = wall_us // _MINUTE_US
        if minute != self._minute:
            self._minute = minute
            self._weights.clear()
            self._ignored.clear()
        used = self._weights[address] = self._weights.get(address, 0) + weight
        if not self.on:
            return used
        banned_us = self._banned_until_us.get(address, 0)
        if wall_us < banned_us:
            raise ApiError(
                -1003,
                f"Way too many requests; IP banned until {banned_us // 1000}. Please use the"
                " websocket for live updates to avoid bans.",
                418,
            )
        if used > WEIGHT_PER_MINUTE:
            self._ignored[address] = self._ignored.get(address, 0) + 1
            if self._ignored[address] > _PATIENCE:
                self._banned_until_us[address] = wall_us + _BAN_US
            raise ApiError(
                -1003,
                f"Too many requests; current limit is {WEIGHT_PER_MINUTE} requests per minute."
                " Please use the websocket for live updates to avoid polling the API.",
                429,
            )
        return used

    def retry_after_s(self, address: str, wall_us: int) -> int:
        """Return how long a refused address should wait."""
        until_us = max(self._banned_until_us.get(address, 0), (self._minute + 1) * _MINUTE_US)
        return max(1, -((wall_us - until_us) // 1_000_000))

    def take_orders(self, account_id: int, number: int, wall_us: int) -> dict[str, str]:
        """Count new orders of an account and return the headers that report them.

        Raises:
            ApiError: -1015 with HTTP 429 above a limit; these orders are not counted.
        """
        rows = self._orders.setdefault(account_id, tuple(deque() for _ in _SPANS))
        for row, (span, span_us, most) in zip(rows, _SPANS, strict=True):
            while row and row[0] <= wall_us - span_us:
                row.popleft()
            if self.on and len(row) + number > most:
                raise ApiError(
                    -1015, f"Too many new orders; current limit is {most} orders per {span}.", 429
                )
        for row in rows:
            row.extend([wall_us] * number)
        return {
            f"X-MBX-ORDER-COUNT-{span}": str(len(row))
            for row, (span, _, _) in zip(rows, _SPANS, strict=True)
        }
