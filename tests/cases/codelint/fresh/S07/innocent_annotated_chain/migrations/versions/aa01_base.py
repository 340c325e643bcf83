import sqlalchemy as sa
from alembic import op

revision: str = "aa01"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table("notes", sa.Column("note_id", sa.BigInteger, primary_key=True))


def downgrade() -> None:
    op.drop_table("notes")
