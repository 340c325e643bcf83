"""The account on an exchange: its mode and its money, and what risk allows at the moment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

__all__ = [
    "Account",
    "AccountBegan",
    "Balance",
    "ForeignPolicy",
    "PositionMode",
    "TradingState",
    "core_tag",
]


@cache
def core_tag(account: str) -> str:
    """Six letters and digits that tell the ids of one core from those of another.

    Derived from the name of its account, so that every start has the same.
    """
    return hashlib.blake2b(account.encode(), digest_size=3).hexdigest()


class PositionMode(StrEnum):
    """How the exchange keeps legs."""

    ONE_WAY = "ONE_WAY"
    HEDGE = "HEDGE"


class TradingState(StrEnum):
    """What risk allows now: everything, only exits, nothing but protection."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"

    @property
    def strictness(self) -> int:
        """How much is forbidden: 0 for ACTIVE, more for each stricter state."""
        return tuple(TradingState).index(self)


class ForeignPolicy(StrEnum):
    """What becomes of orders and legs that the bot did not make, such as a person's.

    ADOPT: they are the bot's from then on. IGNORE: a leg on which the bot holds nothing is left to
    the person, and the bot opens nothing on it. HALT: they are booked and protected, and nothing
    new is opened until a person resumes.
    """

    ADOPT = "adopt"
    IGNORE = "ignore"
    HALT = "halt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who we are on an exchange; `can_withdraw` is None where the exchange does not tell."""

    exchange: str
    account_uid: str
    position_mode: PositionMode
    can_withdraw: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBegan:
    """The first reconciliation on an exchange: only what happened from `ours_from_us` on is ours.

    By the exchange's clock; 0 when nothing had ever happened there.
    """

    exchange: str
    ours_from_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Money of an account in quote coin, as confirmed by the exchange at `ts_event_us`."""

    exchange: str
    coin: str
    equity: Decimal
    wallet_balance: Decimal
    available: Decimal
    ts_event_us: int
