import sqlalchemy as sa
from alembic import op

revision: str = "dd04"  # expect: S07@heads
down_revision: str | None = "bb02"  # expect: S07@heads


def upgrade() -> None:
    op.add_column("notes", sa.Column("tags", sa.Text))


def downgrade() -> None:
    op.drop_column("notes", "tags")
