import sqlalchemy as sa
from alembic import op

revision = "cc03"  # expect: S07@heads
down_revision = "bb02"  # expect: S07@heads


def upgrade() -> None:
    op.add_column("notes", sa.Column("body", sa.Text))


def downgrade() -> None:
    op.drop_column("notes", "body")
