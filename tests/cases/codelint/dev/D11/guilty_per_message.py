"""Options are read from disk for each message of the feed."""

import json


async def on_tick(tick):
    opts = json.loads(open("opts.json").read())  # expect: D11
    return tick["p"] > opts["limit"]


async def listen(ws):
    async for raw in ws:
        with open("ticks.log", "a") as out:  # expect: D11
            out.write(raw)
