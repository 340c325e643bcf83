"""A small history table that is read as a whole: no index is promised for it."""

import sqlalchemy as sa

metadata = sa.MetaData()

model_runs = sa.Table(
    "model_runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)
