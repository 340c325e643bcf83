"""Orders that wait for an answer, through a synchronous session."""

from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Pending(Base):
    __tablename__ = "pending_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))


engine = create_engine("postgresql+psycopg2://bot@db/bot", connect_args={"connect_timeout": 3})


async def pending_topics() -> list[str]:
    with Session(engine) as session:  # expect: D09@q
        rows = session.execute(select(Pending.topic)).all()  # expect: D09@q
    return [row.topic for row in rows]
