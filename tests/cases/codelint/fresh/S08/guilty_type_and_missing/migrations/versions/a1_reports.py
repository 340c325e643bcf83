import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("report_id", sa.BigInteger, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("pages", sa.Integer),  # expect: S08@pages
    )


def downgrade() -> None:
    op.drop_table("reports")
