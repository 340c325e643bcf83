import sqlalchemy as sa
from alembic import op

revision = "b"
down_revision = "a"


def upgrade() -> None:
    op.add_column("model_runs", sa.Column("score", sa.Numeric))


def downgrade() -> None:
    op.drop_column("model_runs", "score")
