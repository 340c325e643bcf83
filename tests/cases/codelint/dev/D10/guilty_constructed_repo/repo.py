import sqlite3


class OrderRepo:
    def __init__(self, path: str) -> None:
        self.conn = sqlite3.connect(path, timeout=5)

    def add(self, client_order_id: str, symbol: str) -> None:
        self.conn.execute(
            "INSERT INTO sent_ids (client_order_id, symbol) VALUES (?, ?)",
            (client_order_id, symbol),
        )
        self.conn.commit()
