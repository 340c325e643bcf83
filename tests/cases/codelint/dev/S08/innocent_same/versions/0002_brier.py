import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("model_runs", sa.Column("brier", sa.Numeric(10, 6), nullable=False))


def downgrade() -> None:
    op.drop_column("model_runs", "brier")
