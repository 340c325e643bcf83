"""Each request gets a queue for its answer, and waits there."""

import asyncio
import json


class Requests:
    def __init__(self, socket) -> None:
        self._socket = socket
        self._replies: dict[str, asyncio.Queue[dict]] = {}

    def on_message(self, message: dict) -> None:
        if message["reqId"] in self._replies:
            self._replies[message["reqId"]].put_nowait(message)

    async def ask(self, req_id: str, op: str) -> dict:
        answers: asyncio.Queue[dict] = asyncio.Queue()
        self._replies[req_id] = answers
        await self._socket.send(json.dumps({"reqId": req_id, "op": op}))
        return await answers.get()  # expect: D41
