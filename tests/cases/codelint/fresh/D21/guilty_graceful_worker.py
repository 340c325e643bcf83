"""Workers that treat cancellation as an ordinary end of a round."""

import asyncio
from asyncio import CancelledError, exceptions


class Worker:
    def __init__(self, step, log) -> None:
        self.step = step
        self.log = log

    async def run(self) -> None:
        while True:
            try:
                await self.step()
            except CancelledError:  # expect: D21
                self.log.info("cancelled, going on")

    async def once(self) -> bool:
        try:
            await self.step()
        except (OSError, exceptions.CancelledError) as error:  # expect: D21
            self.log.warning("step: %r", error)
            return False
        return True


async def pause(seconds: float) -> None:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:  # expect: D21
        pass
