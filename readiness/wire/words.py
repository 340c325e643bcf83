"""The words in which bots are judged, alike for every exchange.

Each exchange's language is translated into them (`languages`), so that a rule is written once.
Times are microseconds UTC of the recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

__all__ = ["Command", "Fate", "Held", "Request", "Resting", "Socket", "State", "Traffic"]

CLOSING = {("long", "sell"), ("short", "buy")}


class Fate(StrEnum):
    """What the bot was told of its command; UNKNOWN where the answer was lost or says nothing."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An order or a stop as it was sent; a text is empty where nothing was said.

    `kind` is create, amend, cancel or stop; a stop is a request that only protects what is held.
    `leg` is long, short, or net where the bot asked for one-way trading; `qty` in whatever unit.
    """

    ts_us: int
    kind: str
    symbol: str = ""
    leg: str = ""
    side: str = ""
    qty: str = ""
    name: str = ""
    stop: str = ""
    says_reduce: bool = False
    fate: Fate = Fate.UNKNOWN

    @property
    def closes(self) -> bool:
        """Whether its side makes its leg smaller."""
        return (self.leg, self.side) in CLOSING

    @property
    def enters(self) -> bool:
        """Whether it asks for more risk."""
        return self.kind == "create" and not self.closes and not self.says_reduce


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request and its answer. `place` is method and path; `about` the one order asked for.

    `reads` names what it tells: orders, positions, market; `what` is all that it says but for its
    time and names, so that the same thing asked again can be told.
    """

    ts_us: int
    place: str
    status: int
    what: str = ""
    is_limited: bool = False
    is_answered: bool = True
    reads: frozenset[str] = frozenset()
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket:
    """One socket: role public, private or trade, and the first subscription on it, None without.

    `is_again` says that it took the place of one of the same role that was closed before.
    """

    ts_us: int
    role: str
    subscribed_us: int | None
    is_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A leg that holds something, and how much of it a resting stop covers; base coin."""

    symbol: str
    leg: str
    side: str
    qty: Decimal
    covered: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """An order that rests at the exchange; `closes` says that it can only make its leg smaller."""

    order_id: str
    name: str
    symbol: str
    leg: str
    side: str
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the exchange knew of the account from a moment on, until the next one."""

    ts_us: int
    legs: tuple[Held, ...]
    orders: tuple[Resting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One session on one exchange, in order of time.

    `hits` tells when each fault struck, by its name; `streamed` when the private socket first named
    an order; `data_us` when market data came, once a second; `refused_us` the handshakes that were
    refused; `starts_us` when the bot was started, and started again. `down_us` are the times in
    which the exchange was down, `away_us` those in which the bot was dead; a silence of its sockets
    lasted `silence_us`. `mode` is that of the account: hedge, one-way, or mismatch, where it is the
    other one than the bot was made for.
    """

    exchange: str
    ended_us: int
    mode: str = "hedge"
    commands: tuple[Command, ...] = ()
    requests: tuple[Request, ...] = ()
    sockets: tuple[Socket, ...] = ()
    states: tuple[State, ...] = ()
    hits: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    streamed: Mapping[str, int] = field(default_factory=dict)
    data_us: tuple[int, ...] = ()
    refused_us: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    starts_us: tuple[int, ...] = ()
    down_us: tuple[tuple[int, int], ...] = ()
    away_us: tuple[tuple[int, int], ...] = ()
    silence_us: int = 0
