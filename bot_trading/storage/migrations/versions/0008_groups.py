"""Groups of two legs, and the group of an order and of a fill.

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Columns without a default: PostgreSQL writes them into its catalogue and rewrites no row.
CHANGES = """
CREATE TYPE group_phase_enum AS ENUM ('ENTERING', 'HEDGED', 'LEAVING', 'OVER');

CREATE TABLE leg_groups (
    account TEXT NOT NULL,
    group_id TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    long_exchange TEXT NOT NULL,
    short_exchange TEXT NOT NULL,
    phase group_phase_enum NOT NULL,
    cause TEXT NOT NULL,
    quantity NUMERIC NOT NULL,
    target NUMERIC NOT NULL,
    expected_net_bps NUMERIC NOT NULL,
    one_sided_max_us BIGINT NOT NULL,
    loss_max NUMERIC NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    market_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    long_net_before NUMERIC NOT NULL,
    short_net_before NUMERIC NOT NULL,
    fill_ups INTEGER NOT NULL,
    was_hedged BOOLEAN NOT NULL,
    marked_idx INTEGER,
    marked_px NUMERIC,
    one_sided_since TIMESTAMPTZ,
    one_sided_longest_us BIGINT NOT NULL,
    unmatched_loss_worst NUMERIC NOT NULL,
    long_pnl NUMERIC NOT NULL,
    short_pnl NUMERIC NOT NULL,
    PRIMARY KEY (account, group_id),
    CONSTRAINT leg_groups_group_id_check CHECK (group_id <> ''),
    CONSTRAINT leg_groups_exchanges_check CHECK (long_exchange <> short_exchange),
    CONSTRAINT leg_groups_marked_check
        CHECK ((marked_idx IS NULL) = (marked_px IS NULL) AND marked_idx IN (1, 2)),
    CONSTRAINT leg_groups_one_sided_check
        CHECK (one_sided_max_us > 0 AND one_sided_longest_us >= 0 AND fill_ups >= 0),
    CONSTRAINT leg_groups_quantity_check
        CHECK (quantity > 0 AND quantity NOT IN ('NaN', 'Infinity')),
    CONSTRAINT leg_groups_loss_max_check
        CHECK (loss_max > 0 AND loss_max NOT IN ('NaN', 'Infinity')),
    CONSTRAINT leg_groups_marked_px_check
        CHECK (marked_px > 0 AND marked_px NOT IN ('NaN', 'Infinity')),
    CONSTRAINT leg_groups_target_check
        CHECK (target >= 0 AND target NOT IN ('NaN', 'Infinity')),
    CONSTRAINT leg_groups_unmatched_loss_worst_check
        CHECK (unmatched_loss_worst >= 0 AND unmatched_loss_worst NOT IN ('NaN', 'Infinity')),
    CONSTRAINT leg_groups_expected_net_bps_check
        CHECK (expected_net_bps NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT leg_groups_long_net_before_check
        CHECK (long_net_before NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT leg_groups_short_net_before_check
        CHECK (short_net_before NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT leg_groups_long_pnl_check
        CHECK (long_pnl NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT leg_groups_short_pnl_check
        CHECK (short_pnl NOT IN ('NaN', 'Infinity', '-Infinity'))
);

CREATE INDEX idx_leg_groups_symbol ON leg_groups (account, symbol, opened_at DESC);

ALTER TABLE orders ADD COLUMN group_id TEXT;

ALTER TABLE fills ADD COLUMN group_id TEXT;
"""

CHANGES_BACK = """
ALTER TABLE fills DROP COLUMN group_id;

ALTER TABLE orders DROP COLUMN group_id;

DROP TABLE leg_groups;

DROP TYPE group_phase_enum;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(CHANGES_BACK)
