import sqlalchemy as sa
from alembic import op

revision = "r1"
down_revision = None


def upgrade():
    op.create_table(
        "risk_events",
        sa.Column("event_id", sa.BigInteger, primary_key=True),
        sa.Column("measured", sa.Integer, nullable=False),  # expect: S08@measured
        sa.Column("ts_event", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table("risk_events")
