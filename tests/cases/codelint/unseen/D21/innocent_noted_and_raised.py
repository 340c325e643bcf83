"""Cancellation is counted, then raised, by way of a helper that never returns normally."""

import asyncio


class Pump:
    def __init__(self) -> None:
        self.stopped = 0
        self.seen = 0

    async def run(self, source) -> None:
        try:
            async for _ in source:
                self.seen += 1
        except asyncio.CancelledError as error:
            self.stopped += 1
            error.add_note(f"after {self.seen} messages")
            raise
        except (ValueError, KeyError) as error:
            raise RuntimeError("the source sends what it should not") from error
