"""Names and values in statements."""

from __future__ import annotations

import pytest

from migration.sql_text import constant, ident, key_array, literal, qualified, uuid_from_key


def test_names_are_quoted() -> None:
    """A name with a quote, a dot or capitals stays one name."""
    assert ident("price") == '"price"'
    assert ident('a"b.C') == '"a""b.C"'
    assert qualified("public", "orders") == '"public"."orders"'


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, "NULL"), (True, "true"), (False, "false"), (7, "7"), ("it's", "'it''s'")],
)
def test_constants_are_typed(given: bool | int | str | None, expected: str) -> None:
    """A value of the file is the same value in SQL; true is not the number one."""
    assert constant(given) == expected


def test_a_text_keeps_its_backslashes() -> None:
    """With standard strings, a backslash is a letter."""
    assert literal("a\\n'") == "'a\\n'''"


def test_keys_are_an_array() -> None:
    """Keys are written as PostgreSQL reads an array."""
    assert key_array([3, 1]) == "'{3,1}'::bigint[]"
    assert key_array([]) == "'{}'::bigint[]"


def test_ids_depend_on_namespace_and_table() -> None:
    """The same key in another table, or under another namespace, is another expression."""
    made = {uuid_from_key(space, table, "k") for space in "ab" for table in ("x", "y")}
    assert len(made) == 4
