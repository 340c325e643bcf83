"""Add the balance time.

Revision ID: dd05
Revises: dd04
"""

import sqlalchemy as sa
from alembic import op

revision = "dd05"  # expect: S06@missing
down_revision = "dd04"  # expect: S06@missing


def upgrade():  # expect: S06@missing
    op.add_column("balances", sa.Column("ts_confirmed", sa.DateTime(timezone=True)))
