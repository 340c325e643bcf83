"""The awaited child was cancelled by this very function: its CancelledError ends here."""

import asyncio
import contextlib


class Owner:
    def __init__(self) -> None:
        self.child: asyncio.Task | None = None

    async def stop(self) -> None:
        if self.child is None:
            return
        self.child.cancel()
        try:
            await self.child
        except asyncio.CancelledError:
            pass
        self.child = None

    async def swap(self, job) -> None:
        old, self.child = self.child, asyncio.create_task(job)
        if old is not None:
            old.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await old
