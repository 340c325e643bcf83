"""Lists that come page by page end, whatever the exchange says."""

from __future__ import annotations

import asyncio

import pytest

from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.pages import PAGES_MAX, all_pages


def test_pages_are_put_together_in_their_order() -> None:
    """The page at "" comes first, and the one without a next cursor last."""
    book = {"": ([1, 2], "a"), "a": ([3], "b"), "b": ([4], "")}

    async def ask(cursor: str) -> tuple[list[int], str]:
        return book[cursor]

    assert asyncio.run(all_pages(ask, "list")) == [1, 2, 3, 4]


def test_an_empty_page_ends_the_list() -> None:
    """Also when it names a next one."""

    async def ask(cursor: str) -> tuple[list[int], str]:
        return ([1], "a") if not cursor else ([], "b")

    assert asyncio.run(all_pages(ask, "list")) == [1]


def test_a_cursor_that_comes_again_is_malformed() -> None:
    """A list that turns in a circle has no end."""

    async def ask(cursor: str) -> tuple[list[int], str]:
        return [1], "b" if cursor == "a" else "a"

    with pytest.raises(MalformedMessage, match="repeats the cursor 'a'"):
        asyncio.run(all_pages(ask, "list"))


def test_a_list_without_an_end_is_malformed() -> None:
    """So many pages are no list of one account."""
    asked: list[str] = []

    async def ask(cursor: str) -> tuple[list[int], str]:
        asked.append(cursor)
        return [1], str(len(asked))

    with pytest.raises(MalformedMessage, match=f"more than {PAGES_MAX} pages"):
        asyncio.run(all_pages(ask, "list"))
    assert len(asked) == PAGES_MAX
