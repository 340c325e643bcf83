"""What features read beside candles: BTC's and ETH's close, and the last closed day.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Columns without a default: PostgreSQL writes them into its catalogue and rewrites no row.
CHANGES = """
ALTER TABLE processed_market_data
    ADD COLUMN btc_close NUMERIC,
    ADD COLUMN eth_close NUMERIC,
    ADD COLUMN open_1d NUMERIC,
    ADD COLUMN high_1d NUMERIC,
    ADD COLUMN low_1d NUMERIC,
    ADD COLUMN close_1d NUMERIC,
    ADD COLUMN volume_1d NUMERIC;
"""

CHANGES_BACK = """
ALTER TABLE processed_market_data
    DROP COLUMN btc_close,
    DROP COLUMN eth_close,
    DROP COLUMN open_1d,
    DROP COLUMN high_1d,
    DROP COLUMN low_1d,
    DROP COLUMN close_1d,
    DROP COLUMN volume_1d;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(CHANGES_BACK)
