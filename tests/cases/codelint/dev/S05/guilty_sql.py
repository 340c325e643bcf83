"""Clean up.

Revision ID: 91aa
Revises: 7b1c
"""

from alembic import op

revision = "91aa"
down_revision = "7b1c"


def upgrade() -> None:
    op.execute("DROP TABLE IF EXISTS sltp_orders")  # expect: S05
    with op.batch_alter_table("positions") as batch:
        batch.drop_column("entry_fee")  # expect: S05


def downgrade() -> None:
    op.execute("CREATE TABLE sltp_orders (id bigint PRIMARY KEY)")
    op.execute("ALTER TABLE positions ADD COLUMN entry_fee numeric(38, 18)")
