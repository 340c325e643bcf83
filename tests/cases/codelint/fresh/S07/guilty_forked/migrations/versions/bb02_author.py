import sqlalchemy as sa
from alembic import op

revision = "bb02"
down_revision = "aa01"


def upgrade() -> None:
    op.add_column("notes", sa.Column("author", sa.Text))


def downgrade() -> None:
    op.drop_column("notes", "author")
