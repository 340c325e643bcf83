"""The model is loaded in `main`, before there is a loop, and handed in."""

import asyncio
from dataclasses import dataclass

import lightgbm


@dataclass(frozen=True)
class Loaded:
    booster: lightgbm.Booster
    names: tuple[str, ...]


def load(path: str) -> Loaded:
    booster = lightgbm.Booster(model_file=path)
    return Loaded(booster, tuple(booster.feature_name()))


async def serve(loaded: Loaded, halt: asyncio.Event) -> int:
    async with asyncio.timeout(3600):
        await halt.wait()
    return len(loaded.names)


def main(path: str) -> int:
    loaded = load(path)
    return asyncio.run(serve(loaded, asyncio.Event()))
