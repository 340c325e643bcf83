"""Options are read once, before the loop runs; each tick is written by a thread."""

import asyncio
import json
from pathlib import Path

with open("opts.json") as source:
    OPTS = json.load(source)


def keep(raw):
    with Path("ticks.log").open("a") as out:
        out.write(raw)


async def on_tick(tick):
    await asyncio.to_thread(keep, tick["raw"])
    return tick["p"] > OPTS["limit"]
