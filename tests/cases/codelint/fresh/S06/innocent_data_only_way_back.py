"""Create the journal.

Revision ID: a9d1
Revises: 88f0
"""

import sqlalchemy as sa
from alembic import op

revision = "a9d1"
down_revision = "88f0"


def upgrade() -> None:
    op.create_table("journal", sa.Column("entry_id", sa.BigInteger, primary_key=True))
    op.create_index("journal_entry", "journal", ["entry_id"])


def downgrade() -> None:
    op.drop_index("journal_entry", table_name="journal")
    op.drop_table("journal")
