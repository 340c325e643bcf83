import sqlalchemy as sa
from alembic import op

revision: str = "base"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table("model_runs", sa.Column("run_id", sa.Text, primary_key=True))


def downgrade() -> None:
    op.drop_table("model_runs")
