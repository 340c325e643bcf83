"""SQLAlchemy's own bridge: the synchronous code runs inside the asynchronous connection."""

from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def table_names(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


class Schema:
    def __init__(self, dsn: str) -> None:
        arguments = {"timeout": 3, "command_timeout": 5}
        self._engine: AsyncEngine = create_async_engine(dsn, connect_args=arguments)

    async def missing(self, wanted: set[str]) -> set[str]:
        async with self._engine.connect() as connection:
            present = await connection.run_sync(table_names)
        return wanted - set(present)
