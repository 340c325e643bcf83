"""A synchronous SQLAlchemy session kept by an asynchronous engine."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker


class Ledger:
    def __init__(self, factory: sessionmaker) -> None:
        self.session: Session = factory()

    async def legs(self, table):
        return self.session.execute(select(table)).all()  # expect: D10

    async def add(self, row) -> None:
        self.session.add(row)
        self.session.commit()  # expect: D10

    async def ping(self) -> bool:
        return self.session.scalar(text("SELECT 1")) == 1  # expect: D10
