"""The answer is typed as anything, which a coroutine is too."""

from typing import Any


class Link:
    async def ask(self, path: str) -> Any:
        return {"path": path}


class Account:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def equity(self) -> Any:
        return self._link.ask("/equity")  # expect: D02

    async def report(self) -> dict[str, Any]:
        margin = self._link.ask("/margin")  # expect: D02
        return {"margin": margin, "currency": "USDT", "open": []}


async def show(account: Account) -> None:
    print(await account.equity())
