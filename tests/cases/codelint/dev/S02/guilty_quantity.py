"""Fills whose quantity may be negative or nothing."""

import sqlalchemy as sa

metadata = sa.MetaData()

fills = sa.Table(  # expect: S02@fills
    "fills",
    metadata,
    sa.Column("exec_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("position_idx", sa.SmallInteger, nullable=False),
    sa.Column("quantity", sa.Numeric(38, 18), nullable=False),  # expect: S02@fills
    sa.Column("price", sa.Numeric(38, 18), nullable=False),
    sa.CheckConstraint("price > 0", name="fills_price_positive"),
)
