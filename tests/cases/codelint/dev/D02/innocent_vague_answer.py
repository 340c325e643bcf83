"""Coroutines that are meant to be handed on, awaited by whoever takes them."""

from typing import Any


class Link:
    async def ask(self, path: str) -> Any:
        return {"path": path}


class Account:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def question(self) -> Any:
        return self._link.ask("/equity")

    async def job(self) -> dict[str, Any]:
        return {"name": "equity", "coro": self._link.ask("/equity")}


async def show(account: Account) -> None:
    print(await (await account.question()))
    row = await account.job()
    print(row["name"], await row["coro"])
