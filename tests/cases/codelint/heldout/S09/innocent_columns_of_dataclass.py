"""Column names come from a dataclass; values are parameters."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class FillRow:
    exec_id: str
    symbol: str


NAMES = ", ".join(column.name for column in fields(FillRow))
MARKS = ", ".join(f"${number}" for number, _ in enumerate(fields(FillRow), 1))
INSERT = f"INSERT INTO fills ({NAMES}) VALUES ({MARKS}) ON CONFLICT DO NOTHING"


async def save(conn, row: FillRow):
    await conn.execute(INSERT, row.exec_id, row.symbol, timeout=5)
