import sqlalchemy as sa
from alembic import op

revision: str = "left"  # expect: S07@heads
down_revision: str | None = "base"  # expect: S07@heads


def upgrade() -> None:
    op.add_column("model_runs", sa.Column("left_id", sa.Text))


def downgrade() -> None:
    op.drop_column("model_runs", "left_id")
