"""Two instruments as one pair: the same coin against the same quote coin on two exchanges.

Quantities of a pair are in single coins. What an exchange counts in thousands of a coin is brought
to them by its name; what cannot be brought to one measure is refused with the reason.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal

from bot_trading.domain.instrument import Instrument, round_down, round_up

__all__ = ["Pair", "PairRefused", "PairSide", "coin_of", "make_pair"]

_COUNTED = re.compile(r"(1000+|1M)([A-Z]{2}[A-Z0-9]*)")
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSide:
    """One side: its instrument, whose account trades it, and what a trade there takes.

    `account` is what the exchange knows the owner by; `taker_fee_ratio` is a part of the notional.
    """

    instrument: Instrument
    account: str
    taker_fee_ratio: Decimal

    @property
    def exchange(self) -> str:
        """The exchange of this side."""
        return self.instrument.instrument_id.exchange

    @property
    def coins_per_unit(self) -> Decimal:
        """How many single coins one unit of the instrument's quantity is."""
        return coin_of(self.instrument.base_coin)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRefused:
    """Why two instruments are no pair: a sentence that names what differs."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sides of one coin; `step`, `min_qty` and `max_qty` hold on both, in single coins."""

    first: PairSide
    second: PairSide
    coin: str
    step: Decimal
    min_qty: Decimal
    max_qty: Decimal

    def quantity(self, notional: Decimal, price: Decimal) -> Decimal:
        """Coins for `notional` of quote coin at `price` of a coin, never more; 0 where both sides
        cannot hold it."""
        wanted = round_down(min(notional / price, self.max_qty), self.step)
        notional_min = max(self.first.instrument.min_notional, self.second.instrument.min_notional)
        is_enough = wanted >= self.min_qty and wanted * price >= notional_min
        return wanted if is_enough else Decimal(0)

    def with_first(self, exchange: str) -> Pair:
        """The same pair with the side on `exchange` first."""
        if self.first.exchange == exchange:
            return self
        return replace(self, first=self.second, second=self.first)

    def matched(self, first: Decimal, second: Decimal) -> Decimal:
        """The most that can stay hedged of what the sides hold; the rest of each can be closed.

        A rest below an exchange's minimum could not be closed alone, so then nothing stays.
        """
        target = round_down(min(first, second), self.step)
        rests = ((self.first, first - target), (self.second, second - target))
        for side, rest in rests:
            if 0 < rest < side.instrument.min_qty * side.coins_per_unit:
                return Decimal(0)
        return target if target >= self.min_qty else Decimal(0)


def coin_of(base_coin: str) -> tuple[str, Decimal]:
    """The coin and how many of it one unit is: 1000PEPE is a thousand PEPE, BTC one BTC.

    Bybit and Binance list cheap coins by the 1000, 10000 or 1000000, the last also as 1M.
    """
    found = _COUNTED.fullmatch(base_coin)
    if found is None:
        return base_coin, Decimal(1)
    return found[2], _MILLION if found[1] == "1M" else Decimal(found[1])


def make_pair(first: PairSide, second: PairSide) -> Pair | PairRefused:
    """The pair, or the first reason why there is none."""
    refused = _refusal(first, second)
    if refused is not None:
        return PairRefused(why=refused)
    sides = (first, second)
    step = _common_step(*(each.instrument.qty_step * each.coins_per_unit for each in sides))
    least = max(each.instrument.min_qty * each.coins_per_unit for each in sides)
    most = min(each.instrument.max_market_qty * each.coins_per_unit for each in sides)
    min_qty = round_up(least, step)
    max_qty = round_down(most, step)
    if max_qty < min_qty:
        why = f"{_names(first, second)}: steps meet at {step:f} coins, but one side takes {most:f}"
        return PairRefused(why=f"{why} at most: choose another instrument")
    return Pair(
        first=first,
        second=second,
        coin=coin_of(first.instrument.base_coin)[0],
        step=step,
        min_qty=min_qty,
        max_qty=max_qty,
    )


def _refusal(first: PairSide, second: PairSide) -> str | None:
    names, one, other = _names(first, second), first.instrument, second.instrument
    if first.exchange == second.exchange:
        same = "the same account" if first.account == second.account else "the same exchange"
        return f"{names}: {same} stands on both sides, a pair needs two exchanges"
    for side in (first, second):
        if not 0 <= side.taker_fee_ratio < 1:
            return f"{side.instrument.instrument_id}: a taker fee is a part of 1, below it"
    if one.quote_coin != other.quote_coin:
        coins = f"{one.quote_coin} and {other.quote_coin}"
        return f"{names}: quoted in {coins}, whose rate to each other is a risk of its own"
    if coin_of(one.base_coin)[0] != coin_of(other.base_coin)[0]:
        return f"{names}: {one.base_coin} and {other.base_coin} are not the same coin"
    return None


def _common_step(one: Decimal, other: Decimal) -> Decimal:
    """The least quantity that is a multiple of both steps: of a/b and c/d in lowest terms, the
    least common multiple of a and c over the greatest common divisor of b and d."""
    (upper, lower), (other_upper, other_lower) = one.as_integer_ratio(), other.as_integer_ratio()
    return Decimal(math.lcm(upper, other_upper)) / math.gcd(lower, other_lower)


def _names(first: PairSide, second: PairSide) -> str:
    return f"{first.instrument.instrument_id} and {second.instrument.instrument_id}"
