"""What risk remembers between orders: figures that survive a restart, and what was counted."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.messages import HaltTrading
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.risk.book_risk import BookRisk
from bot_trading.risk.moves import PriceWindow

__all__ = ["RiskMemory"]

_ZERO = Decimal(0)
_SECOND_US = 1_000_000
_MESSAGES_KEPT = 10_000


@dataclass(slots=True)
class RiskMemory:
    """Owned by the core. `messages` and entries go by our own clock, the rest by the market's.

    Figures are set by `put` alone, which keeps what follows from them. `alarms` names the
    breaches that were told already, `halts` holds what rules ask for until the turn ends.
    """

    prices: dict[InstrumentId, PriceWindow] = field(default_factory=dict)
    messages: deque[int] = field(default_factory=lambda: deque(maxlen=_MESSAGES_KEPT))
    executions: deque[int] = field(default_factory=deque)
    orphans: deque[int] = field(default_factory=deque)
    alarms: set[str] = field(default_factory=set)
    halts: list[HaltTrading] = field(default_factory=list)
    book: BookRisk = field(default_factory=BookRisk)
    _named: dict[FigureName, dict[str, RiskFigure]] = field(default_factory=dict)
    _equity: Decimal | None = None
    _drawdown_ratio: Decimal = _ZERO
    _entries: deque[tuple[int, LegId, Decimal]] = field(default_factory=deque)
    _same_entries: Counter[tuple[LegId, Decimal]] = field(default_factory=Counter)

    @classmethod
    def restored(cls, figures: Iterable[RiskFigure]) -> RiskMemory:
        """As it was stored. What was counted within a window counts as if all of it were the
        newest: stricter than the truth after a restart, never looser."""
        memory = cls()
        for figure in figures:
            memory.put(figure)
        for name, counted in (
            (FigureName.EXECUTIONS, memory.executions),
            (FigureName.ORPHAN_FILLS, memory.orphans),
        ):
            counted_last = memory.figure(name)
            if counted_last is not None:
                counted.extend([counted_last.ts_event_us] * int(counted_last.value))
        return memory

    def put(self, figure: RiskFigure) -> None:
        """Remember a figure in place of its earlier version."""
        self._named.setdefault(figure.name, {})[figure.scope] = figure
        if figure.name is FigureName.EQUITY:
            self._equity = sum((each.value for each in self.named(FigureName.EQUITY)), _ZERO)
        if figure.name in (FigureName.EQUITY, FigureName.EQUITY_PEAK):
            self._drawdown_ratio = self._below_peak()

    def named(self, name: FigureName) -> Iterable[RiskFigure]:
        """This figure of every scope."""
        return self._named.get(name, {}).values()

    def figure(self, name: FigureName, scope: str = "") -> RiskFigure | None:
        """One figure, None where it was never set."""
        scopes = self._named.get(name)
        return None if scopes is None else scopes.get(scope)

    def value(self, name: FigureName, scope: str = "") -> Decimal:
        """The value of a figure that counts from zero."""
        figure = self.figure(name, scope)
        return _ZERO if figure is None else figure.value

    def confirmed_equity(self) -> Decimal | None:
        """The last confirmed equity of every exchange together; None before any was."""
        return self._equity

    def drawdown_ratio(self) -> Decimal:
        """How far confirmed equity lies below its peak, as a part of the peak; at least zero."""
        return self._drawdown_ratio

    def _below_peak(self) -> Decimal:
        peak, equity = self.value(FigureName.EQUITY_PEAK), self._equity
        if equity is None or peak <= 0:
            return _ZERO
        return max((peak - equity) / peak, _ZERO)

    def messages_last_second(self, now_us: int) -> int:
        """What was sent to exchanges in the second before `now_us`."""
        _forget(self.messages, now_us - _SECOND_US)
        return len(self.messages)

    def note_entry(self, now_us: int, leg_id: LegId, quantity: Decimal) -> None:
        """An entry was sent."""
        if len(self._entries) == _MESSAGES_KEPT:
            self._forget_entry()
        self._entries.append((now_us, leg_id, quantity))
        self._same_entries[leg_id, quantity] += 1

    def identical_entries(
        self, leg_id: LegId, quantity: Decimal, now_us: int, window_us: int
    ) -> int:
        """Entries into this leg with this quantity in the window before `now_us`."""
        while self._entries and self._entries[0][0] <= now_us - window_us:
            self._forget_entry()
        return self._same_entries.get((leg_id, quantity), 0)

    def _forget_entry(self) -> None:
        _, leg_id, quantity = self._entries.popleft()
        self._same_entries[leg_id, quantity] -= 1
        if not self._same_entries[leg_id, quantity]:
            del self._same_entries[leg_id, quantity]

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
