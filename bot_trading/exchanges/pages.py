"""Lists that come page by page: each page once, and an end that is certain to come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot_trading.errors import MalformedMessage

__all__ = ["PAGES_MAX", "all_pages"]

PAGES_MAX = 2_000

Row = TypeVar("Row")


async def all_pages(
    ask: Callable[[str], Awaitable[tuple[Sequence[Row], str]]], what: str
) -> list[Row]:
    """The rows of every page of `what`.

    `ask` reads the page at a cursor, "" for the first, and tells the next one, "" after the last.
    Raises `MalformedMessage` for a cursor that comes again, and what `ask` raises.
    """
    rows: list[Row] = []
    asked: set[str] = set()
    cursor = ""
    for _ in range(PAGES_MAX):
        asked.add(cursor)
        page, cursor = await ask(cursor)
        rows += page
        if not page or not cursor:
            return rows
        if cursor in asked:
            raise MalformedMessage(f"{what} repeats the cursor {cursor[:60]!r}")
    raise MalformedMessage(f"{what} has more than {PAGES_MAX} pages")
