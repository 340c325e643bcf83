import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class ModelRun(Base):
    __tablename__ = "model_runs"

    run_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    seed: Mapped[int] = mapped_column(sa.Integer)
    brier: Mapped[str] = mapped_column(sa.Numeric(10, 6))
