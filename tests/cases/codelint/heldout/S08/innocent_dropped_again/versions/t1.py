import sqlalchemy as sa
from alembic import op

revision = "t1"
down_revision = None


def upgrade():
    op.create_table("drift", sa.Column("drift_id", sa.Text, primary_key=True))
    op.add_column("drift", sa.Column("score", sa.Numeric(10, 6)))


def downgrade():
    op.drop_table("drift")
