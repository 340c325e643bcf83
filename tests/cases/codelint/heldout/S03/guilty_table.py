"""Free text where the exchange knows five words."""

import sqlalchemy as sa

metadata = sa.MetaData()

positions = sa.Table(
    "positions",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("position_idx", sa.SmallInteger, primary_key=True),
    sa.Column("side", sa.Text, nullable=False),  # expect: S03
    sa.Column("status", sa.VARCHAR(16), nullable=False),  # expect: S03
    sa.Column("quantity", sa.Numeric(38, 18), nullable=False),
    sa.CheckConstraint("quantity >= 0", name="positions_quantity"),
)
