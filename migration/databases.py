"""Sessions on both databases: the source cannot be written to, and both print values alike.

Whatever PostgreSQL says is told in one sentence that names the side, and never the password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict

from migration.errors import MigrationError

__all__ = ["Connection", "blame", "connect_source", "connect_target", "place"]

Connection = psycopg.Connection[Any]
Side = Literal["source", "target"]

CONNECT_TIMEOUT_S = 10
# Text forms are part of the digests, so both sides print in the same way. A sort of many rows goes
# to the server's disk, and one process per stream leaves the other cores to the bots. A table that
# was filled a moment ago may still be known as an empty one, and a nested loop over it would take
# hours: without them the time of a join grows with its rows, whatever the statistics say.
SETTINGS = (
    ("timezone", "UTC"),
    ("datestyle", "ISO, YMD"),
    ("intervalstyle", "postgres"),
    ("extra_float_digits", "1"),
    ("standard_conforming_strings", "on"),
    ("work_mem", "64MB"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("enable_nestloop", "off"),
    ("idle_in_transaction_session_timeout", "0"),
    ("application_name", "bot_trading migration"),
)
VERSION_MIN = 130000


def connect_source(url: str) -> Connection:
    """A session on v2's database whose transactions are read-only, each with one snapshot.

    Raises MigrationError when the server cannot be reached or is too old.
    """
    connection = _connect(url, "source", (("default_transaction_read_only", "on"),))
    connection.read_only = True
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    return connection


def connect_target(url: str) -> Connection:
    """A session on v3's database. Raises MigrationError when the server cannot be reached."""
    return _connect(url, "target", ())


def _connect(url: str, side: Side, more: tuple[tuple[str, str], ...]) -> Connection:
    with blame(side, url):
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
        try:
            for name, setting in (*SETTINGS, *more):
                connection.execute("SELECT set_config(%s, %s, false)", (name, setting))
        except psycopg.Error:
            connection.close()
            raise
        connection.autocommit = False
    if connection.info.server_version < VERSION_MIN:
        version = connection.info.parameter_status("server_version")
        connection.close()
        raise MigrationError(
            f"the {side} {place(url)} is PostgreSQL {version}: expected 13 or newer; upgrade the"
            " server, or restore a dump of the database on a newer one"
        )
    return connection


def place(url: str) -> str:
    """A database as people name it: user, host, port and name, and no password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        return "given address"
    host, port = parts.get("host") or "the default host", parts.get("port")
    return f"{parts.get('dbname') or 'default database'} on {host}{f':{port}' if port else ''}"


@contextmanager
def blame(side: Side, url: str = "") -> Iterator[None]:
    """Turn what PostgreSQL or the network says into one sentence that names the side."""
    where = f"the {side}{f' {place(url)}' if url else ''}"
    try:
        yield
    except psycopg.errors.DiskFull as error:
        raise MigrationError(
            f"{where} has no room left ({_said(error)}): make room and give the same command"
            " again; it goes on after the last batch that was committed"
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError(
            f"{where} does not allow it ({_said(error)}): grant the role what it needs"
        ) from error
    except psycopg.OperationalError as error:
        raise MigrationError(
            f"{where} cannot be reached or the connection was lost ({_said(error)}): check address,"
            " server and network and give the same command again; it goes on after the last batch"
            " that was committed"
        ) from error
    except psycopg.Error as error:
        raise MigrationError(
            f"{where} refused a statement ({_said(error)}): nothing of this batch was kept"
        ) from error


def _said(error: psycopg.Error) -> str:
    primary = error.diag.message_primary
    return primary or " ".join(str(error).split()) or type(error).__name__
