"""The table of groups of two legs."""

from __future__ import annotations

import sqlalchemy as sa

from bot_trading.storage.columns import (
    EXACT,
    GROUP_PHASE,
    INSTANT,
    account,
    check,
    column,
    metadata,
    not_negative,
    number,
    positive,
)

__all__ = ["metadata"]

leg_groups = sa.Table(
    "leg_groups",
    metadata,
    account(),
    column("group_id", sa.Text),
    column("symbol", sa.String(20)),
    column("long_exchange", sa.Text),
    column("short_exchange", sa.Text),
    column("phase", GROUP_PHASE),
    column("cause", sa.Text),
    column("quantity", EXACT),
    column("target", EXACT),
    column("expected_net_bps", EXACT),
    column("one_sided_max_us", sa.BigInteger),
    column("loss_max", EXACT),
    column("opened_at", INSTANT),
    column("market_at", INSTANT),
    column("updated_at", INSTANT),
    column("long_net_before", EXACT),
    column("short_net_before", EXACT),
    column("fill_ups", sa.Integer),
    column("was_hedged", sa.Boolean),
    column("marked_idx", sa.Integer, null=True),
    column("marked_px", EXACT, null=True),
    column("one_sided_since", INSTANT, null=True),
    column("one_sided_longest_us", sa.BigInteger),
    column("unmatched_loss_worst", EXACT),
    column("long_pnl", EXACT),
    column("short_pnl", EXACT),
    sa.PrimaryKeyConstraint("account", "group_id"),
    check("group_id", "group_id <> ''"),
    check("exchanges", "long_exchange <> short_exchange"),
    check("marked", "(marked_idx IS NULL) = (marked_px IS NULL) AND marked_idx IN (1, 2)"),
    check("one_sided", "one_sided_max_us > 0 AND one_sided_longest_us >= 0 AND fill_ups >= 0"),
    *positive("quantity", "loss_max", "marked_px"),
    *not_negative("target", "unmatched_loss_worst"),
    *number("expected_net_bps", "long_net_before", "short_net_before", "long_pnl", "short_pnl"),
    sa.Index("idx_leg_groups_symbol", "account", "symbol", sa.text("opened_at DESC")),
)
