import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("model_runs", sa.Column("score", sa.Numeric))


def downgrade() -> None:
    op.drop_column("model_runs", "score")
