import sqlalchemy as sa
from alembic import op

revision = "d1"
down_revision = None


def upgrade():
    op.create_table("drift", sa.Column("drift_id", sa.Text, primary_key=True))


def downgrade():
    op.drop_table("drift")
