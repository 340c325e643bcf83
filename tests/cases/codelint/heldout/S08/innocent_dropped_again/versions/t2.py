import sqlalchemy as sa
from alembic import op

revision = "t2"
down_revision = "t1"


def upgrade():
    op.alter_column("drift", "score", new_column_name="psi", existing_type=sa.Numeric(10, 6))


def downgrade():
    op.alter_column("drift", "psi", new_column_name="score", existing_type=sa.Numeric(10, 6))
