"""Trade store on psycopg2, called straight from coroutines."""

import psycopg2

OPTIONS = "-c statement_timeout=5000"


class TradeStore:
    def __init__(self, dsn):
        self.conn = psycopg2.connect(dsn, connect_timeout=5, options=OPTIONS)

    async def save(self, fill):
        with self.conn.cursor() as cur:
            cur.execute(  # expect: D09
                "INSERT INTO fills (exec_id, symbol, qty) VALUES (%s, %s, %s)",
                (fill.exec_id, fill.symbol, fill.qty),
            )
        self.conn.commit()  # expect: D09
        return fill.exec_id
