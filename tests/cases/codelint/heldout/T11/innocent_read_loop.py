"""A loop that reads until the end is no reconnect; nor is one that skips bad lines."""

import json


async def read_all(socket, handler):
    bad = 0
    while True:
        text = await socket.receive_text(timeout=30)
        if text is None:
            return bad
        try:
            row = json.loads(text)
        except ValueError:
            bad += 1
            continue
        handler(row)
