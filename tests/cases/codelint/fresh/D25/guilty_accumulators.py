"""The left side is read before the await of the right side."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Stats:
    rows: int = 0
    text: str = ""
    by_symbol: Counter = field(default_factory=Counter)

    async def load(self, source, symbol: str) -> None:
        self.rows += await source.count(symbol)  # expect: D25
        self.by_symbol[symbol] += len(await source.fetch(symbol))  # expect: D25
        self.text = self.text + await source.note(symbol)  # expect: D25
