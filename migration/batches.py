"""Rows on their way: read from the source in a thread of their own, and kept in batches.

Rows pass as the text that PostgreSQL's COPY writes and reads; nothing of them is interpreted here
but their key, and whether they go into quarantine.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from migration.databases import Connection, blame
from migration.errors import MigrationError

__all__ = ["Batch", "Stream", "reading"]

NULL = b"\\N"
QUEUE_BATCHES = 2
WAIT_S = 0.5


@dataclass(slots=True)
class Batch:
    """Lines for the three tables that a batch goes into; `flow` and `table` lead two of them."""

    prefix: bytes
    values: list[bytes] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    rejected: list[bytes] = field(default_factory=list)
    last_key: int = 0
    rows: int = 0

    def add(self, line: bytes) -> None:
        """Take in one line of the query's output."""
        key, reasons, source_row, digest, residue, values = line.split(b"\t", 5)
        if reasons == NULL:
            self.values.append(values)
            row = b"\t".join((key, values[:36], digest, residue))
            self.keys.append(self.prefix + row + b"\n")
        else:
            row = b"\t".join((key, reasons, source_row, digest))
            self.rejected.append(self.prefix + row + b"\n")
        self.last_key = int(key)
        self.rows += 1

    @staticmethod
    def key_of(line: bytes) -> int:
        """The key of one line."""
        return int(line[: line.index(b"\t")])


class _Stopped(Exception):
    """Nobody takes batches any more."""


class Stream:
    """Batches of a query, read ahead by a thread while the caller writes.

    At most `QUEUE_BATCHES` wait, so memory does not grow with the table. What goes wrong while
    reading is raised where the batches are taken.
    """

    def __init__(self, source: Connection, query: str, batch_rows: int) -> None:
        self._source = source
        self._query = query
        self._batch_rows = batch_rows
        self._queue: queue.Queue[list[bytes] | MigrationError | None] = queue.Queue(QUEUE_BATCHES)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the reading, also in the middle, and wait for it."""
        self._stopped.set()
        if self._thread.is_alive():
            self._source.cancel_safe(timeout=5)
        self._thread.join()

    def batches(self) -> Iterator[list[bytes]]:
        """Lines, a batch at a time. Raises MigrationError when the source fails."""
        while (taken := self._take()) is not None:
            if isinstance(taken, MigrationError):
                raise taken
            yield taken

    def _take(self) -> list[bytes] | MigrationError | None:
        """The next item; a reader that has died without a word is an error, never an end."""
        while True:
            is_alive = self._thread.is_alive()
            try:
                return self._queue.get(timeout=WAIT_S)
            except queue.Empty:
                if not is_alive:
                    return MigrationError("the source was not read to its end: run again")

    def _read(self) -> None:
        try:
            with blame("source"), suppress(_Stopped):
                self._copy_out()
                self._put(None)
        except MigrationError as error:
            with suppress(_Stopped):
                self._put(error)

    def _copy_out(self) -> None:
        lines: list[bytes] = []
        with self._source.cursor() as cursor, cursor.copy(f"COPY ({self._query}) TO STDOUT") as out:
            for line in out:
                lines.append(bytes(line))
                if len(lines) == self._batch_rows:
                    self._put(lines)
                    lines = []
        if lines:
            self._put(lines)

    def _put(self, item: list[bytes] | MigrationError | None) -> None:
        """Hand over to the caller; raises _Stopped when nobody takes any more."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=WAIT_S)
            except queue.Full:
                continue
            return
        raise _Stopped


@contextmanager
def reading(source: Connection, query: str, batch_rows: int) -> Iterator[Iterator[list[bytes]]]:
    """The batches of a query; the read-only transaction ends with the block."""
    stream = Stream(source, query, batch_rows)
    stream.start()
    try:
        yield stream.batches()
    finally:
        stream.stop()
        # A connection that was lost says so at its next use.
        with suppress(psycopg.Error):
            source.rollback()
