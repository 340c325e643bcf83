"""A synchronous SQLAlchemy session behind an attribute."""

from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker

from bot.models import Position

ARGS = {"connect_timeout": 5, "options": "-c statement_timeout=5000"}


class PositionStore:
    def __init__(self, url):
        engine = create_engine(url, connect_args=ARGS, pool_timeout=5)
        self._sessions = sessionmaker(engine)

    def all_open(self):
        with self._sessions() as session:
            return session.execute(select(Position)).scalars().all()

    def add(self, position):
        with self._sessions() as session, session.begin():
            session.add(position)


class Reconciler:
    def __init__(self, store: PositionStore):
        self.store = store

    async def run(self, rows):
        known = {(p.symbol, p.position_idx) for p in self.store.all_open()}  # expect: D10
        for row in rows:
            if (row.symbol, row.position_idx) not in known:
                self.store.add(row)  # expect: D10
