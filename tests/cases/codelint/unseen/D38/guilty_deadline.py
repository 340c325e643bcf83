"""Waits for the fill until a deadline of the wall clock."""

import asyncio
import time


class FillWait:
    def __init__(self, book) -> None:
        self.book = book

    async def filled(self, link_id: str, seconds: int) -> bool:
        deadline = time.time() + seconds
        while time.time() < deadline:  # expect: D38
            if self.book.is_filled(link_id):
                return True
            await asyncio.sleep(0.05)
        return False
