"""Rows go to a thread that owns the connection; the loop only hands them over."""

import asyncio
import queue
import threading

import psycopg2


class AuditWriter:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._rows: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._drain, name="audit")

    def _drain(self) -> None:
        conn = psycopg2.connect(self._dsn, connect_timeout=3)
        while (row := self._rows.get()) is not None:
            with conn, conn.cursor() as cursor:
                cursor.execute("INSERT INTO audit (kind, body) VALUES (%s, %s)", row)
        conn.close()

    def note(self, kind: str, body: str) -> None:
        self._rows.put((kind, body))

    def start(self) -> None:
        self._thread.start()


async def on_reject(writer: AuditWriter, reason: str) -> None:
    writer.note("reject", reason)
    await asyncio.sleep(0)
