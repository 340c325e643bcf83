import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Drift(Base):
    __tablename__ = "drift"

    drift_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)


class Calibration(Base):  # expect: S08@table
    __tablename__ = "calibrations"  # expect: S08@table

    calibration_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
