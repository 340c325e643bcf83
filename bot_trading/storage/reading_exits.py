"""The rungs and the stop's path as they are read back: at a start, and to be counted."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from bot_trading.domain.exits import LadderRung, ProtectionStep, RungStatus, StepStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection
from bot_trading.storage.numbers import leg_id_of, maybe, plain

__all__ = [
    "EXIT_COUNTS",
    "LAST_STEPS",
    "OPEN_RUNGS",
    "ExitCounts",
    "exit_counts_from",
    "rung_from",
    "step_from",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCounts:
    """Over all lives of a leg: confirmed moves of its stop, and levels that were closed whole."""

    stop_moves: int
    ladder_steps: int


def rung_from(row: asyncpg.Record) -> LadderRung:
    """A row of `partial_tp_history`."""
    return LadderRung(
        leg_id=leg_id_of(row),
        episode=row["episode"],
        level=row["level"],
        percent=plain(row["trigger_ratio"].scaleb(2)),
        close_ratio=plain(row["close_ratio"]),
        quantity=plain(row["close_qty"]),
        price=plain(row["trigger_price"]),
        filled_qty=plain(row["filled_qty"]),
        attempts=row["attempts"],
        client_order_id=row["client_order_id"],
        price_seen=maybe(row["price_seen"]),
        status=RungStatus(row["status"]),
        cause=row["cause"],
    )


def step_from(row: asyncpg.Record) -> ProtectionStep:
    """A row of `LAST_STEPS`: the tightest stop of a life, and how often it was moved in all."""
    return ProtectionStep(
        protection=LegProtection(
            leg_id=leg_id_of(row),
            stop_loss=maybe(row["stop_loss"]),
            take_profit=maybe(row["take_profit"]),
        ),
        episode=row["episode"],
        cause=row["cause"],
        price_seen=maybe(row["price_seen"]),
        status=StepStatus(row["status"]),
        updates=row["updates_max"],
    )


def exit_counts_from(row: asyncpg.Record) -> tuple[LegId, ExitCounts]:
    """A row of `EXIT_COUNTS`."""
    counts = ExitCounts(stop_moves=row["stop_moves"], ladder_steps=row["ladder_steps"])
    return leg_id_of(row), counts


_OPEN_LIVES = "JOIN positions USING (account, exchange, symbol, position_idx, episode)"
_LEG_ORDER = 'exchange COLLATE "C", symbol COLLATE "C", position_idx'

OPEN_RUNGS = f"""
SELECT partial_tp_history.* FROM partial_tp_history {_OPEN_LIVES}
WHERE account = $1 AND positions.quantity > 0 ORDER BY {_LEG_ORDER}, level"""  # noqa: S608

# A confirmation that came late is no decision: a stop only ever tightens, and updates only grow.
LAST_STEPS = f"""
SELECT DISTINCT ON ({_LEG_ORDER}) sltp_history.*,
    max(updates) OVER (PARTITION BY exchange, symbol, position_idx) AS updates_max
FROM sltp_history {_OPEN_LIVES}
WHERE account = $1 AND positions.quantity > 0
ORDER BY {_LEG_ORDER}, CASE position_idx WHEN 1 THEN -stop_loss ELSE stop_loss END NULLS LAST,
    recorded_at DESC, id DESC"""  # noqa: S608

# A stop has moved when one that the exchange confirmed differs from the one before it.
EXIT_COUNTS = """
SELECT exchange, symbol, position_idx, sum(moves)::int AS stop_moves,
    sum(levels)::int AS ladder_steps
FROM (
    SELECT exchange, symbol, position_idx, 0 AS levels, CASE WHEN stop_loss <> lag(stop_loss) OVER (
        PARTITION BY exchange, symbol, position_idx, episode ORDER BY recorded_at, id
    ) THEN 1 ELSE 0 END AS moves
    FROM sltp_history WHERE account = $1 AND status IN ('ATTACHED', 'SET')
    UNION ALL SELECT exchange, symbol, position_idx, 1, 0
    FROM partial_tp_history WHERE account = $1 AND status = 'FILLED'
) AS steps GROUP BY exchange, symbol, position_idx"""
