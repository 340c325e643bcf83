"""SQLAlchemy's AsyncSession: the same verbs, awaited."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker

from bot.models import Position


class PositionStore:
    def __init__(self, sessions: async_sessionmaker):
        self._sessions = sessions

    async def all_open(self):
        async with self._sessions() as session:
            result = await session.execute(select(Position))
            return result.scalars().all()

    async def add(self, position):
        async with self._sessions() as session, session.begin():
            session.add(position)


class Reconciler:
    def __init__(self, store: PositionStore):
        self.store = store

    async def run(self, rows):
        known = {(p.symbol, p.position_idx) for p in await self.store.all_open()}
        for row in rows:
            if (row.symbol, row.position_idx) not in known:
                await self.store.add(row)
