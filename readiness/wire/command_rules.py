"""Rules on what was sent: names, legs, closing orders, doubles, limits, and when not to enter."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from readiness.wire.words import Command, Fate, Request, Traffic

__all__ = [
    *("dead", "doubled", "impatient", "legless", "nameless", "not_reducing", "unread_start"),
    "wrong_mode",
]

PATIENCE_US = 100_000  # A tenth of the second that Bybit counts requests over.
IN_FLIGHT_US = 3_000  # Sent before the refusal can have been read.
LEGS = {"long", "short"}
SAME_RATIO = Decimal("0.1")  # Bots that size by value send another quantity at another price.
TRIES_AT_DEATH = 2  # Nobody knows before the first ones fail.
DEATH_KNOWN_US = 2_000_000
NEEDED = {"positions", "orders"}


def shown(command: Command) -> str:
    """An order in a few words."""
    leg = f"on leg {command.leg}" if command.leg else "on no leg"
    words = [word for word in (command.side, command.qty, command.symbol) if word]
    return f"{' '.join(words) or 'an order'} {leg}"


def nameless(traffic: Traffic) -> Iterator[str]:
    """Orders without an id of the client's: after a lost answer nobody can ask for them."""
    for command in traffic.commands:
        if command.kind == "create" and not command.name:
            yield f"{shown(command)} has no id of its own"


def legless(traffic: Traffic) -> Iterator[str]:
    """Orders and stops that name neither the long nor the short leg."""
    for command in traffic.commands:
        if command.kind in {"create", "stop"} and command.leg not in LEGS:
            yield f"a {command.kind} names no leg of a hedge account: {shown(command)}"


def not_reducing(traffic: Traffic) -> Iterator[str]:
    """Closing orders that may open something, and reduceOnly where the exchange refuses it."""
    for command in traffic.commands:
        if command.kind != "create":
            continue
        opens = command.leg in LEGS and not command.closes
        if command.says_reduce and opens:
            yield f"{shown(command)} says that it reduces, and its side opens that leg"
        elif command.leg in LEGS and traffic.exchange == "binance" and command.says_reduce:
            yield f"{shown(command)} says reduceOnly, which is refused in hedge mode"
        elif command.closes and traffic.exchange == "bybit" and not command.says_reduce:
            yield f"{shown(command)} closes without reduceOnly"
        elif command.leg not in LEGS and not command.says_reduce and _held(traffic, command):
            yield f"{shown(command)} closes what is held without reduceOnly"


def _held(traffic: Traffic, command: Command) -> bool:
    """Whether a one-way position of exactly this quantity stood against the order's side."""
    states = [state for state in traffic.states if state.ts_us <= command.ts_us]
    wanted = _number(command.qty)
    return any(
        leg.symbol == command.symbol and leg.side != command.side and leg.qty == wanted
        for leg in (states[-1].legs if states else ())
    )


def doubled(traffic: Traffic) -> Iterator[str]:
    """The same order again after one of unknown fate, and nobody has asked in between.

    The same name again is no double: the exchange refuses it.
    """
    unsure: dict[tuple[str, str, str, bool], Command] = {}
    for command in traffic.commands:
        if command.kind != "create":
            continue
        key = (command.symbol, command.leg, command.side, command.says_reduce)
        before = unsure.get(key)
        if before is not None and _repeats(before, command):
            if not _asked(traffic, before, command):
                yield (
                    f"{shown(command)} was sent again, though nobody knew what became of the first"
                )
            unsure.pop(key)
        if command.fate is Fate.UNKNOWN:
            unsure[key] = command


def _repeats(before: Command, command: Command) -> bool:
    if command.name and command.name == before.name:
        return False
    first, again = _number(before.qty), _number(command.qty)
    if first is None or again is None:
        return before.qty == command.qty
    return abs(first - again) <= SAME_RATIO * max(first, again)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _asked(traffic: Traffic, before: Command, command: Command) -> bool:
    """Whether the bot learned of the first order in between: it asked, or its stream told it.

    A question for another order is none for this one.
    """
    told_us = traffic.streamed.get(before.name) if before.name else None
    if told_us is not None and told_us < command.ts_us:
        return True
    return any(
        before.ts_us < request.ts_us < command.ts_us
        and request.reads & {"orders", "history"}
        and request.is_answered
        and request.about in {"", before.name}
        for request in traffic.requests
    )


def impatient(traffic: Traffic) -> Iterator[str]:
    """The same request right after it was refused for its rate, or a place again and again."""
    refused: dict[str, list[Request]] = {}
    for request in traffic.requests:
        before = refused.get(request.place, [])
        again = [one for one in before if one.what == request.what]
        if again and IN_FLIGHT_US <= request.ts_us - again[-1].ts_us < PATIENCE_US:
            after_ms = (request.ts_us - again[-1].ts_us) / 1000
            yield f"{request.place} was asked again {after_ms:.0f} ms after it was refused"
            before = []
        elif request.is_limited and _as_fast([*before, request]):
            yield f"{request.place} was asked again and again at the same pace, though refused"
            before = []
        refused[request.place] = [*before, request] if request.is_limited else []


def _as_fast(refusals: list[Request]) -> bool:
    """Five refusals within seconds whose distances do not grow."""
    if len(refusals) < 5:
        return False
    times = [request.ts_us for request in refusals]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return max(gaps) < 1_000_000 and gaps[-1] < 1.5 * gaps[0]


def unread_start(traffic: Traffic) -> Iterator[str]:
    """Entries of a bot that was started again and has not read what is open."""
    for started_us in traffic.starts_us[1:]:
        entries = (one for one in traffic.commands if one.enters and one.ts_us > started_us)
        first = next(entries, None)
        if first is None:
            continue
        read: set[str] = set()
        for request in traffic.requests:
            if started_us < request.ts_us < first.ts_us and not request.about:
                read |= request.reads
        missing = sorted(NEEDED - read)
        if missing:
            yield f"{shown(first)} after a new start, before the {missing[0]} were read"


def wrong_mode(traffic: Traffic) -> Iterator[str]:
    """Entries sent to an account that is in the other position mode.

    A bot may change the mode: then its entries are accepted on the leg that they name.
    """
    if traffic.mode != "mismatch":
        return
    for command in traffic.commands:
        if command.enters and command.fate is not Fate.ACCEPTED:
            yield f"{shown(command)} was sent, though the account is in another position mode"


def dead(traffic: Traffic) -> Iterator[str]:
    """Entries to an exchange that has answered nothing for seconds."""
    for from_us, until_us in traffic.down_us:
        known_us = from_us + DEATH_KNOWN_US
        sent = [one for one in traffic.commands if one.enters and known_us < one.ts_us < until_us]
        for command in sent[TRIES_AT_DEATH:]:
            yield f"{shown(command)} was sent to an exchange that had been down for seconds"
