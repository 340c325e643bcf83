"""The mutex guards two assignments; the await stands outside."""

import threading


class Counter:
    def __init__(self, store) -> None:
        self.store = store
        self.mutex = threading.Lock()
        self.count = 0

    def bump(self) -> int:
        with self.mutex:
            self.count += 1
            return self.count

    async def save(self) -> int:
        number = self.bump()
        await self.store.save(number)
        with self.mutex:
            count = self.count
        return count
