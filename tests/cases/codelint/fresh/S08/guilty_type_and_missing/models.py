import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Report(Base):  # expect: S08@pages
    __tablename__ = "reports"  # expect: S08@pages

    report_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    lines: Mapped[int] = mapped_column(sa.Integer)  # expect: S08@lines
    author: Mapped[str] = mapped_column(sa.Text)
