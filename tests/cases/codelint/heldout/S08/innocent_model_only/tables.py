"""Tables of a project whose migrations live in another repository."""

import sqlalchemy as sa

metadata = sa.MetaData()

drift = sa.Table("drift", metadata, sa.Column("drift_id", sa.Text, primary_key=True))
