"""Tidy up old columns.

Revision ID: f31c
Revises: e20b
"""

import sqlalchemy as sa
from alembic import op

revision = "f31c"
down_revision = "e20b"


def upgrade() -> None:
    op.drop_column("fills", "liquidity")  # expect: S05
    op.execute(sa.text("DELETE FROM fills"))  # expect: S05
    op.execute("ALTER TABLE balances DROP COLUMN locked, DROP COLUMN frozen")  # expect: S05


def downgrade() -> None:
    op.add_column("fills", sa.Column("liquidity", sa.Text))
    op.add_column("balances", sa.Column("locked", sa.Numeric(38, 18)))
    op.add_column("balances", sa.Column("frozen", sa.Numeric(38, 18)))
