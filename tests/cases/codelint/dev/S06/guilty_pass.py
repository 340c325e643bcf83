"""Add the leg to orders.

Revision ID: c3d4
Revises: b2c3
"""

import sqlalchemy as sa
from alembic import op

revision = "c3d4"
down_revision = "b2c3"


def upgrade() -> None:
    op.add_column("orders", sa.Column("position_idx", sa.SmallInteger, nullable=True))


def downgrade() -> None:  # expect: S06
    pass
