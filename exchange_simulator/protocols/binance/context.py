"""What a route needs to answer: the exchange, its ledger, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Fields
from exchange_simulator.protocols.binance.ledger import Ledger
from exchange_simulator.protocols.binance.wire import ApiError
from exchange_simulator.state import Exchange

__all__ = ["Call", "Handler", "Route", "require_symbol", "window"]

_WEEK_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, authenticated where the route asks for it."""

    exchange: Exchange
    ledger: Ledger
    fields: Fields
    account: Account

    @property
    def wall_ms(self) -> int:
        """The exchange's wall time."""
        return self.exchange.clock.wall_ms


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What answers a path. `access` is public, keyed (no signature) or signed.

    `weight` counts for the address, `orders` for the account; a batch counts its items.
    """

    handler: Handler
    access: str = "public"
    weight: int = 1
    orders: int = 0
    batch: bool = False


def require_symbol(call: Call) -> str:
    """Return the symbol of a request.

    Raises:
        ApiError: it is missing, or not traded here.
    """
    symbol = call.fields.required("symbol")
    if symbol not in call.exchange.markets:
        raise ApiError(-1121, "Invalid symbol.")
    return symbol


def optional_symbol(call: Call) -> str:
    """Return the symbol of a request, or an empty text; raises ApiError for an unknown one."""
    return require_symbol(call) if call.fields.text("symbol") else ""


def window(call: Call, *, span_ms: int = _WEEK_MS) -> tuple[int, int]:
    """Return the time window asked for; by default the last `span_ms` of market time.

    Raises:
        ApiError: the window is backwards, or longer than the span.
    """
    start_ms = call.fields.integer("startTime", -1)
    end_ms = call.fields.integer("endTime", -1)
    if start_ms < 0 and end_ms < 0:
        return call.exchange.now_ms - span_ms, call.exchange.now_ms
    if start_ms < 0:
        return end_ms - span_ms, end_ms
    if end_ms < 0:
        return start_ms, start_ms + span_ms
    if start_ms > end_ms:
        raise ApiError(-1023, "Start time is greater than end time.")
    if end_ms - start_ms > span_ms:
        raise ApiError(-4166, "Search window is restricted to recent 90 days only.")
    return start_ms, end_ms
