"""What a route needs to answer: the exchange, its ledger, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange_simulator.model import Account
from exchange_simulator.protocols.answers import Fields
from exchange_simulator.protocols.okx.ledger import Ledger
from exchange_simulator.protocols.okx.wire import symbol_of
from exchange_simulator.state import Exchange

__all__ = ["Call", "Handler", "Route", "chosen_symbols", "number_of", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, authenticated where the route asks for it; a batch has a list as its body."""

    exchange: Exchange
    ledger: Ledger
    fields: Fields
    account: Account
    items: list[Any]


Handler = Callable[[Call], list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What answers a path with a list of rows, and how often an account may ask in two seconds.

    A `placing` route answers item by item with sCode and sMsg.
    """

    handler: Handler
    private: bool = False
    limit: int = 40
    placing: bool = False


def chosen_symbols(call: Call) -> list[str]:
    """Return the symbols that instType and instId ask for; other kinds than swaps are empty.

    Raises:
        ApiError: the instrument is unknown.
    """
    if call.fields.text("instType", "SWAP") not in ("SWAP", "ANY"):
        return []
    name = call.fields.text("instId")
    return [symbol_of(call.exchange, name)] if name else list(call.exchange.markets)


def number_of(fields: Fields, name: str) -> int:
    """Return the number in a field such as ordId, 0 where it is absent; others are -1: nobody's."""
    text = fields.text(name)
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else -1


def page(call: Call, rows: list[dict[str, Any]], key: str, *, most: int = 100) -> list[Any]:
    """Return rows, newest first: those before the row named `after`, those past `before`."""
    fields = call.fields
    limit = min(fields.integer("limit", most, least=1), most)
    after, before = number_of(fields, "after"), number_of(fields, "before")
    listed = [row for row in reversed(rows) if not after or int(row[key]) < after]
    if before:
        listed = [row for row in listed if int(row[key]) > before][-limit:]
    return listed[:limit]
