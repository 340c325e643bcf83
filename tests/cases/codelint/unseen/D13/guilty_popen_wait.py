"""A nightly training run, started and waited for by the scheduler."""

import asyncio
from subprocess import Popen


class Nightly:
    def __init__(self, command: list[str]) -> None:
        self._command = command
        self.codes: list[int] = []

    async def run(self) -> None:
        while True:
            await asyncio.sleep(24 * 3600)
            process = Popen(self._command)  # expect: D13@train
            self.codes.append(process.wait())  # expect: D13@train
