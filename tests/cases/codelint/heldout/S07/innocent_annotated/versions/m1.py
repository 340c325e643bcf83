from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "m1"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None


def upgrade():
    op.create_table("drift", sa.Column("drift_id", sa.Text, primary_key=True))


def downgrade():
    op.drop_table("drift")
