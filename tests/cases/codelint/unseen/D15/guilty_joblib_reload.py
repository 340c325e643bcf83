"""A new model is picked up while trading goes on."""

import asyncio

import joblib


class ModelSlot:
    def __init__(self, path: str) -> None:
        self.path = path
        self.model = None
        self.version = 0

    async def watch(self, versions: asyncio.Queue[int]) -> None:
        while True:
            async with asyncio.timeout(3600):
                version = await versions.get()
            self.model = joblib.load(f"{self.path}.{version}")  # expect: D15
            self.version = version
