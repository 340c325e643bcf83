"""`execute` of an asyncpg connection and of a trade command; sqlite3 only for its error types."""

import sqlite3

import asyncpg


async def pending(conn: asyncpg.Connection):
    return await conn.fetch("SELECT id FROM outbox WHERE NOT sent", timeout=3)


class Plan:
    def __init__(self, steps):
        self.steps = steps

    def execute(self):
        return [step.name for step in self.steps]


async def run(plan: Plan):
    try:
        return plan.execute()
    except sqlite3.OperationalError as error:
        return [str(error)]
