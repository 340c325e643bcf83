"""Constraints, defaults and views are dropped: no data goes with them.

Revision ID: cc03
Revises: cc02
"""

from alembic import op

revision = "cc03"
down_revision = "cc02"


def upgrade() -> None:
    op.drop_constraint("orders_price_positive", "orders", type_="check")
    op.execute("DROP VIEW IF EXISTS open_legs")
    op.execute("ALTER TABLE orders ALTER COLUMN price DROP DEFAULT")
    op.alter_column("orders", "note", nullable=True)


def downgrade() -> None:
    op.alter_column("orders", "note", nullable=False)
    op.execute("ALTER TABLE orders ALTER COLUMN price SET DEFAULT 0")
    op.execute("CREATE VIEW open_legs AS SELECT symbol, position_idx FROM positions")
    op.create_check_constraint("orders_price_positive", "orders", "price > 0")
