import sqlalchemy as sa
from alembic import op

revision = "m2"  # expect: S07@roots
down_revision = None  # expect: S07@roots


def upgrade():
    op.create_table("alerts", sa.Column("alert_id", sa.Text, primary_key=True))


def downgrade():
    op.drop_table("alerts")
