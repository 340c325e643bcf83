"""Figures as exchanges write them: text to Decimal and back, never float.

What cannot be understood raises `MalformedMessage`; a fee in another coin is kept apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from bot_trading.domain.fill import CoinAmount
from bot_trading.domain.market import BookLevel
from bot_trading.errors import MalformedMessage

__all__ = [
    "Complain",
    "above_zero",
    "header_int",
    "levels",
    "not_negative",
    "number",
    "paid_fee",
    "plain",
    "price_or_none",
]

Complain = Callable[[str], None]

ZERO = Decimal(0)
UNNAMED_COIN = "unknown"
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?", re.ASCII)


def number(text: str, what: str) -> Decimal:
    """A finite decimal number, plain or with a short exponent; else `MalformedMessage`."""
    if _NUMBER.fullmatch(text) is None:
        raise MalformedMessage(f"{what} is {text[:40]!r}, expected a decimal number")
    return Decimal(text)


def not_negative(text: str, what: str) -> Decimal:
    """A number of zero or more."""
    value = number(text, what)
    if value < 0:
        raise MalformedMessage(f"{what} is {text}, expected zero or more")
    return value


def above_zero(text: str, what: str) -> Decimal:
    """A number above zero."""
    value = number(text, what)
    if value <= 0:
        raise MalformedMessage(f"{what} is {text}, expected a number above zero")
    return value


def plain(value: Decimal) -> str:
    """A decimal number without an exponent."""
    return format(value, "f")


def price_or_none(text: str, what: str) -> Decimal | None:
    """A price; exchanges write "no price" as zero or leave it out."""
    return (not_negative(text, what) or None) if text else None


def levels(rows: Sequence[Sequence[str]], what: str) -> tuple[BookLevel, ...]:
    """Levels of one side of a book; each row begins with a price above zero and what it holds."""
    return tuple(
        (above_zero(row[0], f"a price of {what}"), not_negative(row[1], f"a size of {what}"))
        for row in rows
    )


def header_int(headers: Mapping[str, str] | Mapping[str, str | int], name: str) -> int:
    """A header's whole number, or −1 when it is absent or something else."""
    text = str(headers.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def paid_fee(
    fee: Decimal, coin: str, settle_coin: str, complain: Complain
) -> tuple[Decimal, CoinAmount | None]:
    """A fee that was paid (> 0) as what it took of the settle coin, and what of another.

    No price turns one into the other here: a fee in another coin takes nothing of the settle
    coin, and neither does one whose coin the exchange does not name, which is complained of.
    A complaint has the account read again; a coin that is told leaves nothing to ask for.
    """
    if coin == settle_coin or not fee:
        return fee, None
    if not coin:
        complain(f"commission in {coin!r}, expected {settle_coin}")
    return ZERO, CoinAmount(amount=fee, coin=coin[:20] or UNNAMED_COIN)
