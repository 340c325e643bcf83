"""How risk counts: the day's time zone, the leverage, and which symbols move together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache

from bot_trading.risk.returns import BookSpec
from bot_trading.risk.sizing import SizingSpec

__all__ = ["RiskPlan"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK_DAYS = 7
_QUARTER_US = 900_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPlan:
    """What is fixed at load; `groups` are correlation groups by name, each of symbols.

    A symbol that no group names is a group of its own. Without `sizing` an entry holds the usual
    notional.
    """

    day_zone: tzinfo = UTC
    leverage: Decimal = Decimal(1)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sizing: SizingSpec | None = None
    book: BookSpec = field(default_factory=BookSpec)

    def day_of(self, ts_us: int) -> int:
        """The calendar day, as a proleptic ordinal, on which this instant falls in `day_zone`.

        Clocks of all zones in use change their offset, and turn a day, on a quarter of an hour.
        """
        return _day_of_quarter(self.day_zone, ts_us // _QUARTER_US)

    def week_of(self, ts_us: int) -> int:
        """The week, from Monday to Sunday, on which this instant falls in `day_zone`."""
        return (self.day_of(ts_us) - 1) // _WEEK_DAYS

    def group_of(self, symbol: str) -> frozenset[str]:
        """The symbols that move with this one, itself included."""
        members = frozenset((symbol,))
        for group in self.groups.values():
            if symbol in group:
                members |= group
        return members


@lru_cache(maxsize=256)
def _day_of_quarter(zone: tzinfo, quarter: int) -> int:
    moment = _EPOCH + timedelta(microseconds=quarter * _QUARTER_US)
    return moment.astimezone(zone).toordinal()
