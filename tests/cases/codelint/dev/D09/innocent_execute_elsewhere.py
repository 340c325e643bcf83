"""`execute` of a command object is no database call; psycopg2 lives in the sync export script."""

import asyncio
from dataclasses import dataclass

import psycopg2

OPTIONS = "-c statement_timeout=60000"


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltCommand:
    reason: str

    def execute(self, state: dict) -> None:
        state["halted"] = self.reason


async def apply(commands: list[HaltCommand], state: dict) -> None:
    for command in commands:
        command.execute(state)
        await asyncio.sleep(0)


def export(dsn: str) -> list[tuple]:
    with psycopg2.connect(dsn, connect_timeout=5, options=OPTIONS) as conn:
        with conn.cursor() as cursor:
            cursor.execute("SELECT exec_id, symbol, quantity FROM fills ORDER BY exec_id")
            return cursor.fetchall()
