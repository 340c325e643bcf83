"""Sentences about databases name the side and never a password."""

from __future__ import annotations

import psycopg
import pytest

from migration.databases import blame, connect_source, connect_target, place
from migration.errors import MigrationError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:word@db.example:5433/v2", "v2 on db.example:5433"),
        ("postgresql://me:word@db.example/v2", "v2 on db.example"),
        ("dbname=v2 password=word", "v2 on the default host"),
        ("postgresql://", "default database on the default host"),
        ("this is no address", "given address"),
    ],
)
def test_a_place_is_told_without_its_password(url: str, expected: str) -> None:
    """Database, host and port are named; the password is not."""
    assert place(url) == expected
    assert "word" not in place(url)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "has no room left"),
        (psycopg.errors.InsufficientPrivilege("permission denied"), "does not allow it"),
        (psycopg.OperationalError("server closed the connection"), "connection was lost"),
        (psycopg.errors.CheckViolation("violates check"), "refused a statement"),
        (psycopg.InterfaceError("the connection is closed"), "refused a statement"),
    ],
)
def test_each_failure_is_one_sentence(error: psycopg.Error, words: str) -> None:
    """What the server says is kept, and what to do is added."""
    with pytest.raises(MigrationError) as caught, blame("target", "postgresql://h/v3"):
        raise error
    said = str(caught.value)
    assert said.startswith("the target v3 on h")
    assert words in said
    assert str(error) in said


def test_what_is_no_failure_passes() -> None:
    """Nothing is caught that is not PostgreSQL's."""
    with pytest.raises(KeyError), blame("source"):
        raise KeyError("a")


@pytest.mark.parametrize("connect", [connect_source, connect_target])
def test_nobody_there_is_told(connect: object) -> None:
    """A port on which nobody listens is an unreachable server."""
    with pytest.raises(MigrationError, match="cannot be reached"):
        connect("postgresql://me:word@127.0.0.1:1/x")  # type: ignore[operator]


def test_both_sides_print_alike(postgres_url: str) -> None:
    """Zone, dates and digits are the same on both sides; only the source is read-only."""
    names = ("timezone", "datestyle", "intervalstyle", "extra_float_digits")
    found = []
    for connect in (connect_source, connect_target):
        with connect(postgres_url) as connection:
            found.append([connection.execute(f"SHOW {name}").fetchone() for name in names])
            only = connection.execute("SHOW transaction_read_only").fetchone()
            assert only == (("on",) if connect is connect_source else ("off",))
    assert found[0] == found[1]
