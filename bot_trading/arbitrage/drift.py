"""How money wanders between two exchanges: one side earns what the other loses, and nothing here
moves it back, so a person has to be told in time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["BalanceDrift", "balance_drift"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceDrift:
    """Equities in quote coin then and now; `drift_ratio` is how far the first side's share moved,
    above zero towards the first."""

    first_then: Decimal
    second_then: Decimal
    first_now: Decimal
    second_now: Decimal

    @property
    def drift_ratio(self) -> Decimal:
        """The first side's share of all money, now minus then."""
        return _share(self.first_now, self.second_now) - _share(self.first_then, self.second_then)

    @property
    def to_move(self) -> Decimal:
        """What a person would carry from the first to the second side for the shares of then;
        below zero the other way."""
        total = self.first_now + self.second_now
        return self.first_now - total * _share(self.first_then, self.second_then)


def balance_drift(
    then: tuple[Decimal, Decimal], now: tuple[Decimal | None, Decimal | None]
) -> BalanceDrift | None:
    """The drift since `then`; None where an equity is not known now, or nothing is left."""
    first, second = now
    if first is None or second is None or first + second <= 0 or sum(then) <= 0:
        return None
    return BalanceDrift(first_then=then[0], second_then=then[1], first_now=first, second_now=second)


def _share(part: Decimal, other: Decimal) -> Decimal:
    return part / (part + other)
