"""Models deserialised in a thread, from text formats."""

import asyncio
import json

import lightgbm as lgb


class Models:
    def __init__(self, folder: str):
        self.folder = folder
        self.current: lgb.Booster | None = None

    async def reload(self, name: str) -> None:
        path = f"{self.folder}/{name}.txt"
        booster = await asyncio.to_thread(lgb.Booster, model_file=path)
        self.current = booster

    async def describe(self, manifest: str) -> dict:
        return json.loads(manifest)
