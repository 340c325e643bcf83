"""How prices of symbols moved in the past, as risk is told it: returns, and what moves together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["GroupsEstimated", "ReturnHistory", "ReturnsRead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnHistory:
    """Past returns, oldest first, all of one length and aligned in time.

    Each is the change of a price over `period_s` as a part of the price before, scaled to
    `horizon_s` by the square root of time. The newest period ended at `until_us` of the market's
    clock. `missing` says by symbol why it has none.
    """

    period_s: int
    horizon_s: int
    until_us: int
    returns: Mapping[str, tuple[Decimal, ...]]
    missing: Mapping[str, str]

    @property
    def count(self) -> int:
        """How many returns each symbol has."""
        return len(next(iter(self.returns.values()), ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnsRead:
    """The returns of the traded symbols were read from an exchange."""

    history: ReturnHistory
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsEstimated:
    """Which symbols moved together until `until_us`: each is named at most once.

    A symbol that no group names was not estimated, and counts in every group.
    """

    groups: tuple[frozenset[str], ...]
    until_us: int
    ts_init_us: int
