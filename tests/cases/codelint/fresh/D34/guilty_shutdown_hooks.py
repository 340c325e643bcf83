"""Failures that are collected and thrown away."""

import asyncio


class Cluster:
    def __init__(self, nodes) -> None:
        self.nodes = nodes

    async def sync(self) -> None:
        await asyncio.gather(*(node.sync() for node in self.nodes), return_exceptions=True)  # expect: D34

    async def rows(self) -> int:
        answers = await asyncio.gather(  # expect: D34
            *(node.rows() for node in self.nodes), return_exceptions=True
        )
        return len(answers)

    async def publish(self, text: str) -> bool:
        _ = await asyncio.gather(*[n.publish(text) for n in self.nodes], return_exceptions=True)  # expect: D34
        return True
