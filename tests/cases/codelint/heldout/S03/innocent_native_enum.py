"""PostgreSQL's own enums, and a reference to a small table of words."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData()
SIDE = postgresql.ENUM("LONG", "SHORT", name="position_side", create_type=False)

positions = sa.Table(
    "positions",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("position_idx", sa.SmallInteger, primary_key=True),
    sa.Column("side", SIDE, nullable=False),
    sa.Column("status", sa.Text, sa.ForeignKey("position_statuses.name"), nullable=False),
    sa.Column("quantity", sa.Numeric(38, 18), nullable=False),
    sa.CheckConstraint("quantity >= 0", name="positions_quantity"),
)
