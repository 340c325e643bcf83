"""Exits that survive a restart: rungs with their orders and fills, the stop's path with its fate.

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What was entered in the present life of an open leg is the sum of its opening fills.
CHANGES = """
CREATE TYPE rung_status_enum AS ENUM ('PLANNED', 'SENT', 'FILLED', 'MERGED', 'CANCELED');

CREATE TYPE step_status_enum AS ENUM ('ATTACHED', 'ASKED', 'SET', 'REFUSED');

ALTER TABLE positions
    ADD COLUMN entered_qty DECIMAL(20, 8) NOT NULL DEFAULT 0,
    ADD CONSTRAINT positions_entered_qty_check
        CHECK (entered_qty >= 0 AND entered_qty NOT IN ('NaN', 'Infinity'));

UPDATE positions SET entered_qty = greatest(quantity, (
    SELECT coalesce(sum(last_qty), 0) FROM fills
    WHERE (fills.account, fills.exchange, fills.symbol, fills.position_idx)
        = (positions.account, positions.exchange, positions.symbol, positions.position_idx)
        AND fills.event_at >= positions.opened_at
        AND fills.side =
            (CASE fills.position_idx WHEN 1 THEN 'BUY' ELSE 'SELL' END)::order_side_enum
)) WHERE quantity > 0;

ALTER TABLE partial_tp_history
    ADD COLUMN filled_qty DECIMAL(20, 8) NOT NULL DEFAULT 0,
    ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN price_seen NUMERIC,
    ADD COLUMN status rung_status_enum NOT NULL DEFAULT 'PLANNED',
    ADD COLUMN updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD CONSTRAINT partial_tp_history_filled_qty_check
        CHECK (filled_qty >= 0 AND filled_qty NOT IN ('NaN', 'Infinity')),
    ADD CONSTRAINT partial_tp_history_once_check CHECK (filled_qty <= close_qty),
    ADD CONSTRAINT partial_tp_history_attempts_check CHECK (attempts >= 0),
    ADD CONSTRAINT partial_tp_history_price_seen_check
        CHECK (price_seen > 0 AND price_seen NOT IN ('NaN', 'Infinity'));

ALTER TABLE sltp_history
    ADD COLUMN episode INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN price_seen NUMERIC,
    ADD COLUMN status step_status_enum NOT NULL DEFAULT 'ASKED',
    ADD COLUMN updates INTEGER NOT NULL DEFAULT 0,
    DROP CONSTRAINT sltp_history_step_key,
    ADD CONSTRAINT sltp_history_step_key
        UNIQUE NULLS NOT DISTINCT
        (account, exchange, symbol, position_idx, recorded_at, stop_loss, take_profit, status),
    ADD CONSTRAINT sltp_history_episode_check CHECK (episode >= 0),
    ADD CONSTRAINT sltp_history_updates_check CHECK (updates >= 0),
    ADD CONSTRAINT sltp_history_price_seen_check
        CHECK (price_seen > 0 AND price_seen NOT IN ('NaN', 'Infinity'));

CREATE INDEX idx_sltp_history_leg
    ON sltp_history (account, exchange, symbol, position_idx, recorded_at DESC);
"""

# What became of a step is what the older table had no room for.
CHANGES_BACK = """
DROP INDEX idx_sltp_history_leg;

DELETE FROM sltp_history WHERE status <> 'ASKED';

ALTER TABLE sltp_history
    DROP CONSTRAINT sltp_history_price_seen_check,
    DROP CONSTRAINT sltp_history_updates_check,
    DROP CONSTRAINT sltp_history_episode_check,
    DROP CONSTRAINT sltp_history_step_key,
    ADD CONSTRAINT sltp_history_step_key
        UNIQUE NULLS NOT DISTINCT
        (account, exchange, symbol, position_idx, recorded_at, stop_loss, take_profit),
    DROP COLUMN updates,
    DROP COLUMN status,
    DROP COLUMN price_seen,
    DROP COLUMN episode;

ALTER TABLE partial_tp_history
    DROP CONSTRAINT partial_tp_history_price_seen_check,
    DROP CONSTRAINT partial_tp_history_attempts_check,
    DROP CONSTRAINT partial_tp_history_once_check,
    DROP CONSTRAINT partial_tp_history_filled_qty_check,
    DROP COLUMN updated_at,
    DROP COLUMN status,
    DROP COLUMN price_seen,
    DROP COLUMN attempts,
    DROP COLUMN filled_qty;

ALTER TABLE positions
    DROP CONSTRAINT positions_entered_qty_check,
    DROP COLUMN entered_qty;

DROP TYPE step_status_enum;

DROP TYPE rung_status_enum;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(CHANGES_BACK)
