"""Fill a column that was empty; the way back empties it again.

Revision ID: dd06
Revises: dd05
"""

from alembic import op

revision = "dd06"
down_revision = "dd05"


def upgrade():
    op.execute("UPDATE balances SET ts_confirmed = ts_read WHERE ts_confirmed IS NULL")


def downgrade():
    op.execute("UPDATE balances SET ts_confirmed = NULL")
