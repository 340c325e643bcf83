"""Reads CREATE TABLE, CREATE INDEX, CREATE TYPE and destructive statements from SQL text.

A small reader for PostgreSQL's usual spelling: it splits on commas and parentheses and never fails;
what it does not understand it leaves out.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from readiness.codelint.schema.tables import Column, Origin, Table

__all__ = ["added_columns", "destructive_statements", "dropped_columns", "read_tables"]

_NAME = r'"?(?:\w+"?\."?)?(?P<name>\w+)"?'
_CREATE = re.compile(
    rf"CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}\s*\(", re.IGNORECASE
)
_INDEX = re.compile(
    r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?[\w\".]*\s*ON\s+"
    rf"(?:ONLY\s+)?{_NAME}\s*(?:USING\s+\w+\s*)?\(",
    re.IGNORECASE,
)
_ALTER_CHECK = re.compile(
    rf"ALTER\s+TABLE\s+(?:ONLY\s+)?{_NAME}\s+ADD\s+(?:CONSTRAINT\s+\w+\s+)?CHECK\s*\(",
    re.IGNORECASE,
)
_ALTER_COLUMN = re.compile(
    rf"ALTER\s+TABLE\s+(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?{_NAME}\s+ADD\s+(?:COLUMN\s+)?"
    r"(?:IF\s+NOT\s+EXISTS\s+)?(?P<column>(?!CONSTRAINT|CHECK|PRIMARY|UNIQUE|FOREIGN)\w+)"
    r"\s+(?P<kind>\w+)",
    re.IGNORECASE,
)
_DROP_COLUMN = re.compile(
    rf"ALTER\s+TABLE\s+(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?{_NAME}\s+DROP\s+COLUMN\s+"
    r"(?:IF\s+EXISTS\s+)?\"?(?P<column>\w+)",
    re.IGNORECASE,
)
_DESTRUCTIVE = re.compile(
    r"\b(?P<what>DROP\s+(?:TABLE|COLUMN|SCHEMA|TYPE|DATABASE)\s+(?:IF\s+EXISTS\s+)?[\w\".]+"
    r"|TRUNCATE\s+(?:TABLE\s+)?[\w\".]+|DELETE\s+FROM\s+[\w\".]+(?!\s+(?:\w+\s+)?(?:WHERE|USING))"
    r"(?=\s*(?:;|$)))",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(
    r"CREATE\s+(?:LOCAL\s+)?TEMP(?:ORARY)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    r"\"?(?P<name>\w+)",
    re.IGNORECASE,
)
_PARENTHESIS = re.compile("[()]")
_STATEMENT = re.compile(r"\b(CREATE|ALTER)\s", re.IGNORECASE)
_CONSTRAINT = re.compile(
    r"^\s*(CONSTRAINT|CHECK|PRIMARY|FOREIGN|UNIQUE|EXCLUDE|LIKE|INDEX|KEY)\b", re.IGNORECASE
)


def read_tables(text: str, path: str, first_line: int = 1) -> list[Table]:
    """Tables that the text creates, with their later indexes and checks."""
    plain = _without_comments(text)
    tables: dict[str, Table] = {}
    for match in _CREATE.finditer(plain):
        body, _end = _inside(plain, match.end())
        name = match["name"].lower()
        table = Table(
            name=name,
            path=path,
            line=first_line + _lines_before(plain, match.start()),
            origin=Origin.SQL,
        )
        _read_body(table, body, first_line + _lines_before(plain, match.end()))
        tables[name] = table
    for match in _INDEX.finditer(plain):
        body, _ = _inside(plain, match.end())
        known = tables.get(match["name"].lower())
        if known is not None:
            known.indexes.append(tuple(_column_names(body)))
    for match in _ALTER_CHECK.finditer(plain):
        body, _ = _inside(plain, match.end())
        known = tables.get(match["name"].lower())
        if known is not None:
            known.checks.append(body)
    for match in _ALTER_COLUMN.finditer(plain):
        known = tables.get(match["name"].lower())
        line = first_line + _lines_before(plain, match.start())
        if known is not None:
            name = match["column"].lower()
            known.columns.setdefault(name, Column(name, match["kind"].lower(), line))
    return list(tables.values())


def _without_comments(text: str) -> str:
    """The text with comments blanked, so that lines and offsets stay."""
    text = re.sub(r"--[^\n]*", lambda m: " " * len(m.group()), text)
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.DOTALL)


def _inside(text: str, start: int) -> tuple[str, int]:
    """The text up to the parenthesis that closes the one before `start`.

    One that is never closed ends where the next statement begins.
    """
    end = _closing(text).get(start - 1)
    if end is None:
        following = _STATEMENT.search(text, start)
        end = following.start() if following else len(text)
    return text[start:end], end


@lru_cache(maxsize=4)
def _closing(text: str) -> dict[int, int]:
    """Where each parenthesis is closed; one pass, however many statements the text has."""
    opened: list[int] = []
    closing: dict[int, int] = {}
    for match in _PARENTHESIS.finditer(text):
        if match.group() == "(":
            opened.append(match.start())
        elif opened:
            closing[opened.pop()] = match.start()
    return closing


@lru_cache(maxsize=4)
def _line_ends(text: str) -> list[int]:
    return [match.start() for match in re.finditer("\n", text)]


def _lines_before(text: str, position: int) -> int:
    """How many lines end before the position."""
    return bisect_left(_line_ends(text), position)


def _parts(body: str) -> Iterator[tuple[str, int]]:
    """Comma-separated parts outside parentheses, with the line offset of each."""
    depth = 0
    start = 0
    for position, character in enumerate(body + ","):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "," and depth <= 0:
            part = body[start:position]
            lead = len(part) - len(part.lstrip())
            yield part.strip(), _lines_before(body, start + lead)
            start = position + 1


def _read_body(table: Table, body: str, first_line: int) -> None:
    for part, offset in _parts(body):
        if not part:
            continue
        if _CONSTRAINT.match(part):
            check = re.search(r"CHECK\s*\(", part, re.IGNORECASE)
            if check is not None:
                table.checks.append(_inside(part, check.end())[0])
            key = re.search(r"(?:PRIMARY\s+KEY|UNIQUE)\s*\(", part, re.IGNORECASE)
            if key is not None:
                table.indexes.append(tuple(_column_names(_inside(part, key.end())[0])))
            continue
        words = part.replace('"', "").split(None, 2)
        if len(words) < 2:
            continue
        kind = re.split(r"[\s(]", words[1])[0].lower()
        if kind == "character" and len(words) > 2:
            kind = "varchar"
        rest = part.upper()
        name = words[0].lower()
        check = re.search(r"CHECK\s*\(", part, re.IGNORECASE)
        table.columns[name] = Column(
            name,
            kind,
            first_line + offset,
            has_check=check is not None,
            is_reference="REFERENCES" in rest,
            is_indexed="PRIMARY KEY" in rest or " UNIQUE" in rest,
            is_required="NOT NULL" in rest,
        )


def _column_names(body: str) -> list[str]:
    return [re.split(r"[\s(]", part.strip().strip('"'))[0].lower() for part, _ in _parts(body)]


def destructive_statements(text: str) -> Iterator[tuple[str, int]]:
    """Statements that destroy rows or columns, with line offsets; temporary tables left out."""
    plain = _without_comments(text)
    temporary = {match["name"].lower() for match in _TEMPORARY.finditer(plain)}
    for match in _DESTRUCTIVE.finditer(plain):
        name = match["what"].split()[-1].strip('"').lower()
        if name not in temporary:
            yield " ".join(match["what"].split()), _lines_before(plain, match.start())


def added_columns(text: str) -> Iterator[tuple[str, str, str]]:
    """Table, column and type of each ALTER TABLE … ADD COLUMN."""
    for match in _ALTER_COLUMN.finditer(_without_comments(text)):
        yield match["name"].lower(), match["column"].lower(), match["kind"].lower()


def dropped_columns(text: str) -> Iterator[tuple[str, str]]:
    """Table and column of each ALTER TABLE … DROP COLUMN."""
    for match in _DROP_COLUMN.finditer(_without_comments(text)):
        yield match["name"].lower(), match["column"].lower()
