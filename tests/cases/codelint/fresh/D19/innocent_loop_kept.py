"""Kept and awaited; and create_task of a tracker that is no loop."""

import asyncio


class Board:
    def __init__(self) -> None:
        self.cards: list[str] = []

    def create_task(self, title: str) -> None:
        self.cards.append(title)


async def main(board: Board, job) -> int:
    loop = asyncio.get_running_loop()
    task = loop.create_task(job())
    board.create_task("watch the job")
    return await task
