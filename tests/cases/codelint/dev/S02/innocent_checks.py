"""The check may stand in the table or in the column."""

import sqlalchemy as sa

metadata = sa.MetaData()

fills = sa.Table(
    "fills",
    metadata,
    sa.Column("exec_id", sa.Text, primary_key=True),
    sa.Column("position_idx", sa.SmallInteger, nullable=False),
    sa.Column("quantity", sa.Numeric(38, 18), sa.CheckConstraint("quantity > 0"), nullable=False),
)

positions = sa.Table(
    "positions",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("position_idx", sa.SmallInteger, primary_key=True),
    sa.Column("quantity", sa.Numeric(38, 18), nullable=False),
    sa.CheckConstraint("quantity >= 0", name="positions_quantity"),
)
