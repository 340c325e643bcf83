"""Whether symbols get predictions of their own: equal ones again and again mean mixed-up inputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot_trading.ml.arrays import Floats

__all__ = ["UniquenessWatch"]


class UniquenessWatch:
    """Counts how often in a row a symbol's prediction equalled another symbol's of the same call.

    Trees give equal answers to unlike inputs now and then; `times_max` such answers running do not
    happen by chance.
    """

    def __init__(self, times_max: int = 5) -> None:
        self._times_max = times_max
        self._running: defaultdict[str, int] = defaultdict(int)

    def look(self, symbols: Sequence[str], probabilities: Floats) -> None:
        """Take in the answers of one call, (n, 2), in the order of `symbols`."""
        groups: defaultdict[tuple[float, ...], list[str]] = defaultdict(list)
        for symbol, answer in zip(symbols, probabilities.tolist(), strict=True):
            groups[tuple(answer)].append(symbol)
        for group in groups.values():
            for symbol in group:
                self._running[symbol] = self._running[symbol] + 1 if len(group) > 1 else 0

    @property
    def suspects(self) -> tuple[str, ...]:
        """Symbols that have equalled another one too often in a row."""
        return tuple(sorted(s for s, times in self._running.items() if times >= self._times_max))
