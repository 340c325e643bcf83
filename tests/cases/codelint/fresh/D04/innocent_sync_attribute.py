"""Methods through attributes that are plain functions: sets, events, counters."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Gate:
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    names: set[str] = field(default_factory=set)


class Controller:
    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    async def open_for(self, name: str) -> None:
        self.gate.names.add(name)
        self.gate.opened.set()

    async def shut(self) -> None:
        self.gate.opened.clear()
        self.gate.names.clear()
