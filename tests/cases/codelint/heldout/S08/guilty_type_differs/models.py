from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class RiskEvent(Base):
    __tablename__ = "risk_events"

    event_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    measured: Mapped[Decimal] = mapped_column(sa.Numeric(38, 18))  # expect: S08@measured
    ts_event: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
