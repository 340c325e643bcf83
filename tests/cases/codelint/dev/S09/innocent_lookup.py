"""The table's name comes out of a closed mapping; values stay parameters."""

from enum import Enum


class Side(Enum):
    BID = "bids"
    ASK = "asks"


COLUMNS = {"price": "price", "time": "ts_event"}


class Store:
    def __init__(self, conn):
        self.conn = conn

    def levels(self, side: Side, symbol):
        return self.conn.execute(f"SELECT * FROM {side.value} WHERE symbol = %s", (symbol,))

    def ordered(self, column, symbol):
        order_by = COLUMNS[column]
        query = f"SELECT * FROM fills WHERE symbol = %s ORDER BY {order_by}"
        return self.conn.execute(query, (symbol,))
