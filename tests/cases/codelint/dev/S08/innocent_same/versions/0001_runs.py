import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "model_runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("seed", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("model_runs")
