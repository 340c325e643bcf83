from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "m2"
down_revision: str | Sequence[str] | None = "m1"
branch_labels: str | Sequence[str] | None = None


def upgrade():
    op.create_table("alerts", sa.Column("alert_id", sa.Text, primary_key=True))


def downgrade():
    op.drop_table("alerts")
