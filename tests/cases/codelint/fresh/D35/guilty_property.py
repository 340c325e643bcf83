from asyncio import run
from dataclasses import dataclass


@dataclass
class Account:
    client: object

    @property
    def name(self) -> str:
        return run(self.client.name())  # expect: D35@name

    async def label(self) -> str:
        return f"account {self.name}"  # expect: D35@name


async def warm(accounts, load):
    for account in accounts:
        run(load(account))  # expect: D35
