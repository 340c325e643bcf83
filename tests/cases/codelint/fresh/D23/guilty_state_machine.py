"""The state is checked, the store is awaited, the state is set."""

import enum
from dataclasses import dataclass


class Phase(enum.Enum):
    IDLE = "idle"
    ENTERING = "entering"
    OPEN = "open"


@dataclass
class Trade:
    store: object
    phase: Phase = Phase.IDLE
    armed: bool = False

    async def begin(self, signal) -> bool:
        if self.phase is not Phase.IDLE:  # expect: D23@phase
            return False
        await self.store.remember(signal)
        self.phase = Phase.ENTERING  # expect: D23@phase
        return True

    async def arm(self) -> None:
        if not self.armed:  # expect: D23@armed
            await self._write_flag()
            self.armed = True  # expect: D23@armed

    async def _write_flag(self) -> None:
        await self.store.remember("armed")
