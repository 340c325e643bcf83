"""Add the stop history.

Revision ID: dd04
Revises: dd03
"""

import sqlalchemy as sa
from alembic import op

revision = "dd04"
down_revision = "dd03"


def upgrade():
    op.create_table("sltp_history", sa.Column("event_id", sa.BigInteger, primary_key=True))


def downgrade():  # expect: S06
    """Nothing to do."""
