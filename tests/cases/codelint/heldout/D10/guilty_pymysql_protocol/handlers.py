from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .storage import Storage


class Handlers:
    def __init__(self, *, storage: Storage) -> None:
        self.storage = storage

    async def on_signal(self, signal):
        self.storage.save_signal(signal)  # expect: D10
        return signal
