"""The rungs and the stop's path as they are read back: at a start, and to be counted."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from bot_trading.domain.account import core_tag
from bot_trading.domain.exits import LadderRung, ProtectionStep, RungStatus, StepStatus
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection
from bot_trading.storage.numbers import leg_id_of, maybe, plain

__all__ = [
    "EXIT_COUNTS",
    "FORMER_LEVELS",
    "FORMER_LEVELS_MAX",
    "LAST_STEPS",
    "OPEN_RUNGS",
    "ExitCounts",
    "exit_counts_from",
    "level_from",
    "rung_from",
    "step_from",
    "tagged_ids",
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


def level_from(row: asyncpg.Record) -> LegProtection:
    """A row of `FORMER_LEVELS`."""
    return LegProtection(
        leg_id=leg_id_of(row),
        stop_loss=maybe(row["stop_loss"]),
        take_profit=maybe(row["take_profit"]),
    )


def tagged_ids(account: str) -> str:
    """What ids of orders are like that the account's core derives: three letters, its tag, and 20
    characters. Earlier releases left the tag out."""
    return f"___{core_tag(account)}{20 * '_'}"


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

# What an earlier release may have left resting: any of the newest levels of a leg from before this
# release's first order, by account, its ids, and how many. Where a life goes on from before, later
# levels count too: a stop that is moved where it rests keeps the name that it had, or none. A leg
# that began a life since has none: its stops have names, and one without is somebody else's.
FORMER_LEVELS_MAX = 1_000
FORMER_LEVELS = f"""
SELECT exchange, symbol, position_idx, stop_loss, take_profit
FROM positions CROSS JOIN (
    SELECT coalesce(min(created_at), 'infinity') AS at FROM orders
    WHERE account = $1 AND origin = 'v3' AND client_order_id LIKE $2
) AS began CROSS JOIN LATERAL (
    SELECT stop_loss, take_profit, recorded_at FROM sltp_history AS step
    WHERE step.account = positions.account AND step.exchange = positions.exchange
        AND step.symbol = positions.symbol AND step.position_idx = positions.position_idx
        AND (recorded_at < began.at OR quantity > 0) AND opened_at < began.at
    ORDER BY recorded_at DESC LIMIT $3
) AS newest WHERE account = $1
GROUP BY exchange, symbol, position_idx, stop_loss, take_profit
ORDER BY {_LEG_ORDER}, stop_loss, take_profit"""  # noqa: S608

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
