"""Topics are subscribed again after a reconnect, while the user may add some."""

import json


class Topics:
    def __init__(self) -> None:
        self.wanted: set[str] = set()

    def add(self, topic: str) -> None:
        self.wanted.add(topic)

    def drop(self, topic: str) -> None:
        self.wanted.discard(topic)

    async def subscribe_all(self, socket) -> int:
        count = 0
        for topic in self.wanted:  # expect: D28
            await socket.send(json.dumps({"op": "subscribe", "args": [topic]}))
            count += 1
        return count
