"""Tidy up the v2 tables.

Revision ID: cc02
Revises: cc01
"""

import sqlalchemy as sa
from alembic import op

revision = "cc02"
down_revision = "cc01"

OLD_TABLES = ("trades", "balances_v2")


def upgrade() -> None:
    for name in OLD_TABLES:
        op.drop_table(name)  # expect: S05
    op.execute(sa.text("TRUNCATE TABLE signals"))  # expect: S05
    op.execute("ALTER TABLE orders DROP COLUMN IF EXISTS leverage")  # expect: S05


def downgrade() -> None:
    op.add_column("orders", sa.Column("leverage", sa.Numeric))
    for name in OLD_TABLES:
        op.create_table(name, sa.Column("id", sa.BigInteger, primary_key=True))
