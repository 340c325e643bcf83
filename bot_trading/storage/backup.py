"""A backup is one file: every table as PostgreSQL's own binary COPY, and a manifest with checksums.

It is taken in one read-only snapshot, needs no `pg_dump`, and goes back only into an empty database
of the same revision. What the exchange did since is asked of it by the next start.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from bot_trading.errors import StoreError
from bot_trading.storage.failures import TROUBLE, store_error
from bot_trading.storage.revisions import read_revision
from bot_trading.storage.tables import metadata

__all__ = ["Manifest", "SavedTable", "restore", "save"]

_MANIFEST = "manifest.json"
_VERSION = 1
_CONNECT_TIMEOUT_S = 10
_TABLE_TIMEOUT_S = 3_600
_CHUNK = 1 << 20
_OTHERS = """
SELECT concat_ws('.', schemaname, tablename) AS name FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    AND NOT (schemaname = current_schema() AND tablename = ANY($1::text[] || '{alembic_version}'))
ORDER BY 1"""


class SavedTable(msgspec.Struct, frozen=True, kw_only=True):
    """One table in a backup: its columns in the order of the copy, its rows, its checksum."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds; `version` is the format's, `revision` the schema's.

    `left_out` names tables of the database that are not the bot's, such as the records of a
    migration: they are not in it.
    """

    version: int
    revision: str
    tables: tuple[SavedTable, ...]
    left_out: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Of all tables together."""
        return sum(table.rows for table in self.tables)


async def save(database_url: str, path: Path) -> Manifest:
    """Write a backup to `path`, readable by us alone; a file that is there already is refused.

    Raises StoreError, with nothing left behind, when it cannot be read or written.
    """
    with tempfile.TemporaryDirectory(prefix="backup-") as folder:
        manifest = await _copy_out(database_url, Path(folder))
        await asyncio.to_thread(_pack, manifest, Path(folder), path)
    return manifest


async def restore(database_url: str, path: Path) -> Manifest:
    """Put a backup back into a migrated database without rows, all of it or nothing.

    Raises StoreError for a file that is no whole backup, for one of another revision, and for a
    database that holds rows already.
    """
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        manifest = await asyncio.to_thread(_unpack, path, Path(folder))
        async with _connected(database_url) as connection:
            await _copy_in(connection, manifest, Path(folder))
    return manifest


async def _copy_out(database_url: str, folder: Path) -> Manifest:
    tables = []
    async with (
        _connected(database_url) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        revision = await read_revision(connection)
        if revision is None:
            raise StoreError("there is nothing to back up: the database was never migrated")
        for table in metadata.sorted_tables:
            # The metadata's names are of a class of their own, which is none of a manifest's.
            name, columns = f"{table.name}", tuple(f"{each.name}" for each in table.columns)
            target = folder / name
            # codelint: ok D08 because nothing else runs in this loop while a backup is taken
            told = await connection.copy_from_table(
                name,
                output=target,
                columns=columns,
                format="binary",
                timeout=_TABLE_TIMEOUT_S,
            )
            checksum = await asyncio.to_thread(_checksum, target)
            rows = int(told.rpartition(" ")[2])
            tables.append(SavedTable(name=name, columns=columns, rows=rows, sha256=checksum))
        left_out = await connection.fetch(_OTHERS, [table.name for table in tables])
    return Manifest(
        version=_VERSION,
        revision=revision,
        tables=tuple(tables),
        left_out=tuple(row["name"] for row in left_out),
    )


async def _copy_in(connection: asyncpg.Connection, manifest: Manifest, folder: Path) -> None:
    revision = await read_revision(connection)
    if revision != manifest.revision:
        raise StoreError(
            f"the backup is of schema revision {manifest.revision}, this database of {revision}:"
            " restore it with the release that wrote it, then upgrade"
        )
    saved = {table.name: table for table in manifest.tables}
    async with connection.transaction():
        for table in metadata.sorted_tables:
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table.name})"):  # noqa: S608
                raise StoreError(
                    f"{table.name} holds rows already: a backup goes back into an empty database"
                )
        for table in metadata.sorted_tables:
            # codelint: ok D08 because nothing else runs in this loop while a backup goes back
            await connection.copy_to_table(
                table.name,
                source=folder / table.name,
                columns=saved[table.name].columns,
                format="binary",
                timeout=_TABLE_TIMEOUT_S,
            )
            await _advance_identity(connection, table.name)


async def _advance_identity(connection: asyncpg.Connection, table: str) -> None:
    """A copied number is not drawn again: the next row's lies above all that came back."""
    columns = await connection.fetch(
        "SELECT attname, pg_get_serial_sequence($1, attname) FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attidentity <> ''",
        table,
    )
    for column, sequence in columns:
        newest = f"greatest(1, max({column})), count(*) > 0"
        # codelint: ok S09 because table and column are names of our own schema
        query = f"SELECT setval($1::text::regclass, {newest}) FROM {table}"  # noqa: S608
        await connection.execute(query, sequence)


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = None
    try:
        connection = await asyncpg.connect(database_url, timeout=_CONNECT_TIMEOUT_S)
        yield connection
    except TROUBLE as error:
        raise store_error(error, "backup or restore") from error
    finally:
        if connection is not None:
            connection.terminate()


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(manifest: Manifest, folder: Path, path: Path) -> None:
    """Into a file beside the target first, so that `path` is a whole backup or absent."""
    if path.exists():
        raise StoreError(f"{path} exists already: a backup overwrites nothing, give another name")
    part = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
                encoded = msgspec.json.encode(manifest)
                entry = tarfile.TarInfo(_MANIFEST)
                entry.size = len(encoded)
                archive.addfile(entry, io.BytesIO(encoded))
                for table in manifest.tables:
                    archive.add(folder / table.name, arcname=table.name)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"the backup cannot be written to {path}: {error.strerror}") from error


def _unpack(path: Path, folder: Path) -> Manifest:
    """The manifest, with every table of it in `folder` and its checksum proven."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            named = archive.extractfile(_MANIFEST)
            if named is None:
                raise KeyError(_MANIFEST)
            manifest = msgspec.json.decode(named.read(), type=Manifest)
            _check(path, manifest)
            for table in manifest.tables:
                _extract(archive, table, folder / table.name)
    except (OSError, EOFError, KeyError, tarfile.TarError, msgspec.MsgspecError) as error:
        raise StoreError(f"{path} is no whole backup: {type(error).__name__}") from error
    return manifest


def _check(path: Path, manifest: Manifest) -> None:
    if manifest.version != _VERSION:
        raise StoreError(f"{path} is a backup of format {manifest.version}, expected {_VERSION}")
    expected = {
        table.name: {column.name for column in table.columns} for table in metadata.sorted_tables
    }
    for table in manifest.tables:
        if not expected.get(table.name, set()) >= set(table.columns):
            raise StoreError(f"{path} holds a table {table.name!r} that this release does not know")
    missing = expected.keys() - {table.name for table in manifest.tables}
    if missing:
        raise StoreError(f"{path} is no whole backup: it lacks {', '.join(sorted(missing))}")


def _extract(archive: tarfile.TarFile, table: SavedTable, target: Path) -> None:
    source = archive.extractfile(table.name)
    if source is None:
        raise KeyError(table.name)
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)
    if _checksum(target) != table.sha256:
        raise StoreError(f"{table.name} in the backup is damaged: its checksum differs")
