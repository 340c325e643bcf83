"""Groups of two legs, as they are read back."""

from __future__ import annotations

import asyncpg

from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.storage.numbers import maybe, plain
from bot_trading.storage.rows import microseconds

__all__ = ["GROUPS", "NEWEST_GROUPS", "group_from"]

GROUPS = """
SELECT * FROM leg_groups WHERE account = $1
ORDER BY opened_at, group_id COLLATE "C" ASC"""

NEWEST_GROUPS = """
SELECT DISTINCT ON (symbol COLLATE "C") * FROM leg_groups WHERE account = $1
ORDER BY symbol COLLATE "C", opened_at DESC, group_id COLLATE "C" DESC"""


def group_from(row: asyncpg.Record) -> LegGroup:
    """A row of `leg_groups`."""
    symbol, since, marked = row["symbol"], row["one_sided_since"], row["marked_idx"]
    legs = {
        int(PositionIdx.LONG): LegId(row["long_exchange"], symbol, PositionIdx.LONG),
        int(PositionIdx.SHORT): LegId(row["short_exchange"], symbol, PositionIdx.SHORT),
    }
    return LegGroup(
        group_id=row["group_id"],
        long_leg=legs[PositionIdx.LONG],
        short_leg=legs[PositionIdx.SHORT],
        quantity=plain(row["quantity"]),
        target=plain(row["target"]),
        expected_net_bps=plain(row["expected_net_bps"]),
        one_sided_max_us=row["one_sided_max_us"],
        loss_max=plain(row["loss_max"]),
        ts_opened_us=microseconds(row["opened_at"]),
        ts_market_us=microseconds(row["market_at"]),
        ts_updated_us=microseconds(row["updated_at"]),
        long_net_before=plain(row["long_net_before"]),
        short_net_before=plain(row["short_net_before"]),
        phase=GroupPhase(row["phase"]),
        cause=row["cause"],
        fill_ups=row["fill_ups"],
        was_hedged=row["was_hedged"],
        marked_leg=None if marked is None else legs[marked],
        marked_px=maybe(row["marked_px"]),
        one_sided_since_us=None if since is None else microseconds(since),
        one_sided_longest_us=row["one_sided_longest_us"],
        unmatched_loss_worst=plain(row["unmatched_loss_worst"]),
        long_pnl=plain(row["long_pnl"]),
        short_pnl=plain(row["short_pnl"]),
    )
