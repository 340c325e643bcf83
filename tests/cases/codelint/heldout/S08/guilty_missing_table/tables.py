import sqlalchemy as sa

metadata = sa.MetaData()

drift = sa.Table(
    "drift",
    metadata,
    sa.Column("drift_id", sa.Text, primary_key=True),
)

alerts = sa.Table(  # expect: S08@alerts
    "alerts",  # expect: S08@alerts
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
)
