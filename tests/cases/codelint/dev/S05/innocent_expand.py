"""Add the leg to positions; an index is exchanged.

Revision ID: 7b1c
Revises: 5a0e
"""

import sqlalchemy as sa
from alembic import op

revision = "7b1c"
down_revision = "5a0e"


def upgrade() -> None:
    op.add_column("positions", sa.Column("position_idx", sa.SmallInteger, nullable=True))
    op.drop_index("positions_symbol", table_name="positions")
    op.create_index("positions_leg", "positions", ["symbol", "position_idx"])
    op.create_table("risk_events", sa.Column("event_id", sa.BigInteger, primary_key=True))


def downgrade() -> None:
    op.drop_table("risk_events")
    op.drop_index("positions_leg", table_name="positions")
    op.create_index("positions_symbol", "positions", ["symbol"])
    op.drop_column("positions", "position_idx")
