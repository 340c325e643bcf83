"""`loads` and `load` of small texts in memory, and of a page object."""

import json


class Page:
    def __init__(self, rows: list[str]) -> None:
        self.rows = rows

    def load(self, index: int) -> str:
        return self.rows[index]


async def decode(message: str) -> dict:
    return json.loads(message)


async def first(page: Page) -> str:
    return page.load(0)
