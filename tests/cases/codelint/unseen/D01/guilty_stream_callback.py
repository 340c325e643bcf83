"""The pybit thread hands messages to a plain function, which should have scheduled the work."""

import logging

from pybit.unified_trading import WebSocket

log = logging.getLogger(__name__)
seen: set[str] = set()


async def book_execution(row: dict) -> None:
    if row["execId"] in seen:
        return
    seen.add(row["execId"])
    log.info("booked %s", row["execId"])


def on_message(message: dict) -> None:
    for row in message["data"]:
        book_execution(row)  # expect: D01


def listen(key: str, secret: str) -> WebSocket:
    socket = WebSocket(testnet=True, channel_type="private", api_key=key, api_secret=secret)
    socket.execution_stream(callback=on_message)
    return socket
