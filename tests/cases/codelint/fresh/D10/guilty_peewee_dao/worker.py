from dataclasses import dataclass

from .dao import SignalDao


@dataclass
class Worker:
    dao: SignalDao

    async def step(self, handle) -> None:
        for signal in self.dao.waiting():  # expect: D10
            await handle(signal)
            self.dao.mark(signal.name)  # expect: D10
