"""What risk remembers, as it is read back at a start."""

from __future__ import annotations

import asyncpg

from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.storage.numbers import plain
from bot_trading.storage.rows import microseconds

__all__ = ["FIGURES", "figure_from"]

FIGURES = """
SELECT * FROM risk_figures WHERE account = $1
ORDER BY name::text COLLATE "C", scope COLLATE "C" ASC"""


def figure_from(row: asyncpg.Record) -> RiskFigure:
    """A row of `risk_figures`."""
    return RiskFigure(
        name=FigureName(row["name"]),
        scope=row["scope"],
        value=plain(row["value"]),
        ts_event_us=microseconds(row["event_at"]),
        ts_updated_us=microseconds(row["updated_at"]),
    )
