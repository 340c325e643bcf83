"""SQLAlchemy's asynchronous session has the same words, with await."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession


class Ledger:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def legs(self, table):
        return (await self.session.execute(select(table))).all()

    async def add(self, row) -> None:
        self.session.add(row)
        await self.session.commit()
