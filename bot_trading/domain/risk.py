"""Figures that risk remembers over restarts: where a day began, the peak, what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

__all__ = ["FigureKey", "FigureName", "RiskFigure"]


class FigureName(StrEnum):
    """What is remembered.

    EQUITY, DAY_START, WEEK_START: quote coin of one exchange, as it confirmed it. EQUITY_PEAK: of
    the whole account. NET_AT_FLAT: what a leg had earned, after fees and funding, when it was flat
    last. CONSECUTIVE_LOSSES, EXECUTIONS, ORPHAN_FILLS: counts, of the whole account.
    """

    EQUITY = "equity"
    DAY_START = "day_start"
    WEEK_START = "week_start"
    EQUITY_PEAK = "equity_peak"
    NET_AT_FLAT = "net_at_flat"
    CONSECUTIVE_LOSSES = "consecutive_losses"
    EXECUTIONS = "executions"
    ORPHAN_FILLS = "orphan_fills"


class FigureKey(NamedTuple):
    """Which figure; `scope` is an exchange, a leg, or empty for the whole account."""

    name: FigureName
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFigure:
    """A figure as it stands: `ts_event_us` is the market's instant that it belongs to, and
    `ts_updated_us` our own clock when it was last changed."""

    name: FigureName
    scope: str
    value: Decimal
    ts_event_us: int
    ts_updated_us: int

    @property
    def key(self) -> FigureKey:
        """By which a newer version replaces it."""
        return FigureKey(self.name, self.scope)
