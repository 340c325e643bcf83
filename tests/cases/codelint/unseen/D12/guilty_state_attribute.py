"""Trailing stops survive a restart through one small file."""

import json
from pathlib import Path


class TrailingStops:
    def __init__(self, state: Path) -> None:
        self._state = state
        self.levels: dict[str, str] = {}

    async def move(self, symbol: str, level: str) -> None:
        self.levels[symbol] = level
        self._state.write_text(json.dumps(self.levels), encoding="utf-8")  # expect: D12

    async def restore(self) -> int:
        raw = self._state.read_bytes()  # expect: D12
        self.levels = json.loads(raw)
        return len(self.levels)
