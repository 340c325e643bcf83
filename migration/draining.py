"""Bring an account to flat without ever leaving a position unprotected.

Resting entries go first, then each position by reduce-only market orders, and last what still
rests. What is true is what the exchange reports. A close whose answer was lost is settled by the
next look; all are reduce-only, so that one that arrives late or twice opens nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from migration.bybit import Account, AnswerLost, OpenOrder, Position
from migration.errors import MigrationError

__all__ = ["Drained", "Holdings", "drain", "look"]

PAUSE_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the exchange reports of an account."""

    positions: tuple[Position, ...]
    orders: tuple[OpenOrder, ...]

    @property
    def is_flat(self) -> bool:
        """True when nothing is open and nothing rests."""
        return not self.positions and not self.orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What it took to become flat."""

    found: Holdings
    closes_sent: int
    cancels_sent: int
    answers_lost: int


def look(account: Account, *, tries: int = 3) -> Holdings:
    """What is open and what rests. Raises MigrationError when the exchange does not answer."""
    for attempt in range(tries):
        try:
            return Holdings(
                positions=tuple(account.positions()), orders=tuple(account.open_orders())
            )
        except AnswerLost as error:
            if attempt == tries - 1:
                raise MigrationError(
                    f"the exchange does not answer ({error}): check address and network, then give"
                    " the same command again"
                ) from error
            time.sleep(PAUSE_S)
    raise MigrationError("the exchange was never asked: tries must be at least 1")


def drain(
    account: Account,
    *,
    name: str,
    deadline_s: float,
    report: Callable[[str], None],
) -> Drained:
    """Close and cancel until the exchange reports nothing more.

    `name` goes into the order ids, so that a drain that is repeated after a kill knows its own
    orders. Raises MigrationError when the account is not flat within `deadline_s`.
    """
    found = now = look(account)
    closes = cancels = lost = 0
    rounds = 0
    until = time.monotonic() + deadline_s
    while not now.is_flat:
        if time.monotonic() > until:
            raise MigrationError(
                f"the account is not flat after {deadline_s:g} s: {len(now.positions)} positions"
                f" and {len(now.orders)} orders are left; look at the exchange, then give the same"
                " command again"
            )
        entries = [order for order in now.orders if not order.reduce_only or not now.positions]
        for order in entries:
            report(f"cancel {order.symbol} {order.order_id}")
            lost += _sent(partial(account.cancel, order))
            cancels += 1
        for position in now.positions:
            report(f"close {position.symbol}: {position.side} {position.size:f}, reduce-only")
            link_id = f"{name}-{position.symbol}-{rounds}"
            lost += _sent(partial(account.close_position, position, link_id))
            closes += 1
        rounds += 1
        time.sleep(PAUSE_S)
        now = look(account)
    return Drained(found=found, closes_sent=closes, cancels_sent=cancels, answers_lost=lost)


def _sent(request: Callable[[], None]) -> int:
    """Send once; 1 when its answer was lost, which the next look at the account settles."""
    try:
        request()
    except AnswerLost:
        return 1
    return 0
