import sqlalchemy as sa
from alembic import op

revision = "0003"  # expect: S07@heads
down_revision = "0001"  # expect: S07@heads


def upgrade() -> None:
    op.add_column("model_runs", sa.Column("seed", sa.Integer))


def downgrade() -> None:
    op.drop_column("model_runs", "seed")
