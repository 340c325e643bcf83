"""Both sides of one trade, where both are of one account: a fill is known by its side, too.

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE fills
    DROP CONSTRAINT fills_pkey,
    ADD CONSTRAINT fills_pkey PRIMARY KEY (account, exchange, symbol, trade_id, side);
"""

# Refused, whole, where both sides of a trade are stored: the old key cannot hold both.
CHANGES_BACK = """
ALTER TABLE fills
    DROP CONSTRAINT fills_pkey,
    ADD CONSTRAINT fills_pkey PRIMARY KEY (account, exchange, symbol, trade_id);
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(CHANGES_BACK)
