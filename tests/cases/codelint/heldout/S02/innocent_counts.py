"""Counts of rows and of retries are no quantities of an instrument."""

import sqlalchemy as sa

metadata = sa.MetaData()

imports = sa.Table(
    "imports",
    metadata,
    sa.Column("import_id", sa.BigInteger, primary_key=True),
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("retry_count", sa.Integer, nullable=False),
)
