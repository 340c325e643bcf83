import sqlalchemy as sa

metadata = sa.MetaData()

drift = sa.Table(
    "drift",
    metadata,
    sa.Column("drift_id", sa.Text, primary_key=True),
    sa.Column("psi", sa.Numeric(10, 6), nullable=False),  # expect: S08@psi
)
