"""The same connection, waited for, and asked what is no question to the server."""

from asyncpg.pool import PoolConnectionProxy

Conn = PoolConnectionProxy


async def write(con: Conn, text: str) -> bool:
    await con.execute("INSERT INTO notes (body) VALUES ($1)", text)
    return con.is_in_transaction()


async def wipe(con: Conn) -> str:
    return await con.execute("DELETE FROM notes")
