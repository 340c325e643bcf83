"""The acknowledgement is polled for as fast as the processor can."""

import asyncio


class Acks:
    def __init__(self) -> None:
        self.pending: dict[str, asyncio.Future[dict]] = {}
        self.polls = 0

    def on_ack(self, message: dict) -> None:
        self.pending[message["reqId"]].set_result(message)

    async def wait(self, req_id: str) -> dict:
        future = self.pending[req_id]
        while not future.done():  # expect: D39
            self.polls += 1
        return future.result()
