"""The price that risk approved an order at, and what a fill cost in another coin.

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Columns without a default: PostgreSQL writes them into its catalogue and rewrites no row.
CHANGES = """
ALTER TABLE orders
    ADD COLUMN reference_px NUMERIC,
    ADD CONSTRAINT orders_reference_px_check
        CHECK (reference_px > 0 AND reference_px NOT IN ('NaN', 'Infinity'));

ALTER TABLE fills
    ADD COLUMN other_amount NUMERIC,
    ADD COLUMN other_coin TEXT,
    ADD CONSTRAINT fills_other_amount_check
        CHECK (other_amount NOT IN ('NaN', 'Infinity', '-Infinity')),
    ADD CONSTRAINT fills_other_commission_check
        CHECK ((other_amount IS NULL) = (other_coin IS NULL));
"""

CHANGES_BACK = """
ALTER TABLE fills
    DROP CONSTRAINT fills_other_commission_check,
    DROP CONSTRAINT fills_other_amount_check,
    DROP COLUMN other_coin,
    DROP COLUMN other_amount;

ALTER TABLE orders
    DROP CONSTRAINT orders_reference_px_check,
    DROP COLUMN reference_px;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(CHANGES_BACK)
