"""What risk remembers between orders: figures that survive a restart, and what was counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.messages import HaltTrading
from bot_trading.domain.risk import FigureKey, FigureName, RiskFigure
from bot_trading.risk.moves import PriceWindow

__all__ = ["RiskMemory"]

_ZERO = Decimal(0)
_SECOND_US = 1_000_000
_MESSAGES_KEPT = 10_000


@dataclass(slots=True)
class RiskMemory:
    """Owned by the core. `messages` and `entries` go by our own clock, the rest by the market's.

    `alarms` names the breaches that were told already, `halts` holds what rules ask for until the
    turn ends.
    """

    figures: dict[FigureKey, RiskFigure] = field(default_factory=dict)
    prices: dict[InstrumentId, PriceWindow] = field(default_factory=dict)
    messages: deque[int] = field(default_factory=lambda: deque(maxlen=_MESSAGES_KEPT))
    entries: deque[tuple[int, LegId, Decimal]] = field(
        default_factory=lambda: deque(maxlen=_MESSAGES_KEPT)
    )
    executions: deque[int] = field(default_factory=deque)
    orphans: deque[int] = field(default_factory=deque)
    alarms: set[str] = field(default_factory=set)
    halts: list[HaltTrading] = field(default_factory=list)

    @classmethod
    def restored(cls, figures: Iterable[RiskFigure]) -> RiskMemory:
        """As it was stored. What was counted within a window counts as if all of it were the
        newest: stricter than the truth after a restart, never looser."""
        memory = cls(figures={figure.key: figure for figure in figures})
        for name, counted in (
            (FigureName.EXECUTIONS, memory.executions),
            (FigureName.ORPHAN_FILLS, memory.orphans),
        ):
            figure = memory.figures.get(FigureKey(name, ""))
            if figure is not None:
                counted.extend([figure.ts_event_us] * int(figure.value))
        return memory

    def figure(self, name: FigureName, scope: str = "") -> RiskFigure | None:
        """One figure, None where it was never set."""
        return self.figures.get(FigureKey(name, scope))

    def value(self, name: FigureName, scope: str = "") -> Decimal:
        """The value of a figure that counts from zero."""
        figure = self.figure(name, scope)
        return _ZERO if figure is None else figure.value

    def confirmed_equity(self) -> Decimal | None:
        """The last confirmed equity of every exchange together; None before any was."""
        known = [each.value for key, each in self.figures.items() if key.name is FigureName.EQUITY]
        return sum(known, _ZERO) if known else None

    def drawdown_ratio(self) -> Decimal:
        """How far confirmed equity lies below its peak, as a part of the peak; at least zero."""
        peak, equity = self.value(FigureName.EQUITY_PEAK), self.confirmed_equity()
        if equity is None or peak <= 0:
            return _ZERO
        return max((peak - equity) / peak, _ZERO)

    def messages_last_second(self, now_us: int) -> int:
        """What was sent to exchanges in the second before `now_us`."""
        _forget(self.messages, now_us - _SECOND_US)
        return len(self.messages)

    def identical_entries(
        self, leg_id: LegId, quantity: Decimal, now_us: int, window_us: int
    ) -> int:
        """Entries into this leg with this quantity in the window before `now_us`."""
        while self.entries and self.entries[0][0] <= now_us - window_us:
            self.entries.popleft()
        return sum(1 for _, leg, sent in self.entries if (leg, sent) == (leg_id, quantity))

    def executions_within(self, market_us: int, window_us: int) -> int:
        """Entries that were executed in the window before `market_us`."""
        _forget(self.executions, market_us - window_us)
        return len(self.executions)

    def orphans_within(self, market_us: int, window_us: int) -> int:
        """Fills without an order of ours in the window before `market_us`."""
        _forget(self.orphans, market_us - window_us)
        return len(self.orphans)


def _forget(moments: deque[int], until_us: int) -> None:
    while moments and moments[0] <= until_us:
        moments.popleft()
