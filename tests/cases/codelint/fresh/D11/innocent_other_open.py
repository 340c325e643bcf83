"""`open` of a market, of a session and of a webbrowser is no file."""

import aiofiles


class Market:
    def __init__(self) -> None:
        self.opened = False

    def open(self) -> None:
        self.opened = True


async def start(market: Market) -> None:
    market.open()


async def tail(path: str) -> str:
    async with aiofiles.open(path, encoding="utf-8") as handle:
        return (await handle.read())[-200:]
