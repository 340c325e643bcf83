import sqlalchemy as sa
from alembic import op

revision = "c"
down_revision = "a"


def upgrade() -> None:
    op.add_column("model_runs", sa.Column("seed", sa.Integer))


def downgrade() -> None:
    op.drop_column("model_runs", "seed")
