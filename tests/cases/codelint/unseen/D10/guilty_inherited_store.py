"""A key-value store over SQLAlchemy, entered by the control loop."""

import asyncio

from sqlalchemy import create_engine, text


class SqlStore:
    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, connect_args={"connect_timeout": 3})

    def rows(self, key: str) -> list:
        with self.engine.connect() as connection:
            return list(connection.execute(text("SELECT v FROM kv WHERE k = :k"), {"k": key}))


class ControlStore(SqlStore):
    def is_paused(self) -> bool:
        return bool(self.rows("paused"))


class ControlLoop:
    def __init__(self, url: str) -> None:
        self.store = ControlStore(url)
        self.paused = False

    async def run(self) -> None:
        while True:
            self.paused = self.store.is_paused()  # expect: D10|D08
            await asyncio.sleep(1)
