"""Create the event table.

Revision ID: d4e5
Revises: c3d4
"""

import sqlalchemy as sa
from alembic import op

revision = "d4e5"
down_revision = "c3d4"


def upgrade() -> None:
    op.create_table("order_events", sa.Column("event_id", sa.BigInteger, primary_key=True))


def downgrade() -> None:
    op.drop_table("order_events")
