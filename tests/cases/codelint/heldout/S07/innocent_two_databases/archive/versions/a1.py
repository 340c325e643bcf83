import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table("archived_alerts", sa.Column("alert_id", sa.Text, primary_key=True))


def downgrade():
    op.drop_table("archived_alerts")
