"""What a route needs to answer: the exchange, and who asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exchange_simulator.model import Account
from exchange_simulator.protocols.bybit.wire import ApiError, Params
from exchange_simulator.state import Exchange

__all__ = ["Call", "Handler", "Route", "require_linear", "require_symbol"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, authenticated where the route asks for it."""

    exchange: Exchange
    params: Params
    account: Account

    @property
    def wall_ms(self) -> int:
        """The exchange's wall time."""
        return self.exchange.clock.wall_ms


Handler = Callable[[Call], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path: what answers it, whether it is private, and its limit per second and account."""

    handler: Handler
    private: bool = False
    limit: int = 50
    message: str = "OK"
    batch: bool = False


def require_linear(params: Params) -> bool:
    """Return whether the category is linear; other known ones are simply empty here.

    Raises:
        ApiError: the category is missing or unknown.
    """
    category = params.required("category")
    if category not in ("linear", "inverse", "spot", "option"):
        raise ApiError(10001, "params error: Category is invalid")
    return category == "linear"


def require_symbol(call: Call) -> str:
    """Return the symbol of a linear request.

    Raises:
        ApiError: the symbol is missing or not traded here.
    """
    if not require_linear(call.params):
        raise ApiError(10001, "Not supported symbols")
    symbol = call.params.required("symbol")
    if symbol not in call.exchange.markets:
        raise ApiError(10001, "Not supported symbols")
    return symbol
