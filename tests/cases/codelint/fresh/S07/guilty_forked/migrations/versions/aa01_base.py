import sqlalchemy as sa
from alembic import op

revision = "aa01"
down_revision = None


def upgrade() -> None:
    op.create_table("notes", sa.Column("note_id", sa.BigInteger, primary_key=True))


def downgrade() -> None:
    op.drop_table("notes")
