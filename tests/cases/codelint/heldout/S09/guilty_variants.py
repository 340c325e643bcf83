"""SQL glued together in four ways."""

import sqlalchemy as sa


class Store:
    def __init__(self, conn):
        self.conn = conn

    async def legs(self, symbols):
        names = ",".join(f"'{name}'" for name in symbols)
        sql = f"SELECT * FROM positions WHERE symbol IN ({names})"  # expect: S09@legs
        return await self.conn.fetch(sql, timeout=5)  # expect: S09@legs

    async def delete(self, order):
        query = "DELETE FROM orders WHERE order_id = '"
        query += order.order_id  # expect: S09@delete
        query += "'"  # expect: S09@delete
        await self.conn.execute(query, timeout=5)  # expect: S09@delete

    def by_day(self, session, day):
        return session.execute(sa.text("SELECT * FROM fills WHERE day = '%s'" % day))  # expect: S09

    def note(self, cursor, order_id, text):
        cursor.execute(f"INSERT INTO notes VALUES ('{order_id}', '{text}')")  # expect: S09
