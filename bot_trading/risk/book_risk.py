"""What the book may lose by past returns, kept while trading, and which symbols move together.

Reviews only read it. Between two measurements each entry adds what it would lose alone: expected
shortfall is subadditive (Acerbi and Tasche 2002), so the sum is never too small, and value at risk
is held to the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.returns import ReturnHistory
from bot_trading.risk.book import STRESS_DAYS, TailLoss, tail_count, worst_losses
from bot_trading.risk.returns import BookSpec

__all__ = ["UNMEASURED", "BookRisk"]

_ZERO = Decimal(0)
_GRID = 10**8  # Of a return.
_CENT = Decimal("0.01")
_NOTHING = TailLoss(value_at_risk=_ZERO, expected_shortfall=_ZERO, scenarios=0)
_WORST = max(max(day.fall_percent.values()) for day in STRESS_DAYS) / 100
# What one unit of a symbol without returns may lose: the worst fall on record, in both directions.
UNMEASURED = TailLoss(value_at_risk=_WORST, expected_shortfall=_WORST, scenarios=0)


@dataclass(slots=True)
class BookRisk:
    """Owned by the core. `figures` are of the book and of what was in flight at `measured_us` of
    our clock; `is_measured` says that all of it rests on returns that were young enough.
    """

    figures: TailLoss = _NOTHING
    measured_us: int | None = None
    is_measured: bool = False
    history: ReturnHistory | None = None
    groups: tuple[frozenset[str], ...] = ()
    groups_until_us: int | None = None
    _moves: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _units: dict[tuple[str, bool], TailLoss] = field(default_factory=dict)
    _usable: dict[tuple[str, bool], TailLoss] = field(default_factory=dict)
    _apart: dict[str, frozenset[str]] = field(default_factory=dict)
    _added: tuple[int, Decimal, Decimal] = (0, _ZERO, _ZERO)

    def take_in(self, history: ReturnHistory, spec: BookSpec) -> None:
        """Measure by these returns from now on."""
        self.history = history
        self._moves = {
            symbol: tuple(int(move * _GRID) for move in series)
            for symbol, series in history.returns.items()
        }
        self._units = {
            (symbol, is_long): self._tail({symbol: 1 if is_long else -1}, spec)
            for symbol in self._moves
            for is_long in (True, False)
        }
        self.measured_us = None

    def take_in_groups(self, groups: tuple[frozenset[str], ...], until_us: int) -> None:
        """Symbols of other groups are apart from now on."""
        named = frozenset[str]().union(*groups)
        self.groups, self.groups_until_us = groups, until_us
        self._apart = {symbol: named - group for group in groups for symbol in group}

    def forget_groups(self) -> None:
        """Estimated too long ago: all symbols count as one group again."""
        self.groups, self.groups_until_us, self._apart = (), None, {}

    def apart_from(self, symbol: str) -> frozenset[str]:
        """Symbols that were seen not to move with this one; empty where nothing was estimated."""
        return self._apart.get(symbol, frozenset())

    def unit(self, symbol: str, is_long: bool) -> TailLoss:
        """What one unit of quote coin in this direction may lose alone."""
        return self._usable.get((symbol, is_long), UNMEASURED)

    def measure(
        self,
        opened: Mapping[LegId, Decimal],
        held: Iterable[tuple[LegId, Decimal]],
        spec: BookSpec,
        now_us: int,
        *,
        is_history_young: bool,
    ) -> None:
        """Measure open legs, whose two sides offset each other, and add each order in flight by
        what it would lose alone, since nobody knows which of them fill.

        A leg without returns counts by the worst fall on record and offsets nothing.
        """
        self._usable = self._units if is_history_young else {}
        net: dict[str, Decimal] = {}
        alone = list(held)
        for leg_id, notional in opened.items():
            if (leg_id.symbol, leg_id.is_long) not in self._usable:
                alone.append((leg_id, notional))
            elif notional:
                change = notional if leg_id.is_long else -notional
                net[leg_id.symbol] = net.get(leg_id.symbol, _ZERO) + change
        cents = {symbol: int(value / _CENT) for symbol, value in net.items()}
        found = self._tail(cents, spec, _CENT) if cents else _NOTHING
        risk, shortfall = self.of_legs(alone)
        self.figures = TailLoss(
            value_at_risk=found.value_at_risk + risk,
            expected_shortfall=found.expected_shortfall + shortfall,
            scenarios=found.scenarios,
        )
        self.measured_us = now_us
        self._added = (0, _ZERO, _ZERO)
        self.is_measured = is_history_young and all(
            (leg_id.symbol, leg_id.is_long) in self._usable for leg_id, value in alone if value
        )

    def _tail(self, net: Mapping[str, int], spec: BookSpec, unit: Decimal = Decimal(1)) -> TailLoss:
        """Both figures of a book in whole units of quote coin; returns lie on their grid, so that
        whole numbers are enough."""
        periods = len(next(iter(self._moves.values())))
        tail = worst_losses(net, self._moves, tail_count(periods, spec.confidence_ratio))
        return TailLoss(
            value_at_risk=max(tail[-1] * unit / _GRID, _ZERO),
            expected_shortfall=max(sum(tail) * unit / _GRID / len(tail), _ZERO),
            scenarios=periods,
        )

    def with_approved(self, approved: Sequence[tuple[LegId, Decimal]]) -> tuple[Decimal, Decimal]:
        """Both figures with what was approved since they were measured, which only grows until
        then: what was added before is not added up again."""
        count, risk, shortfall = self._added
        if len(approved) != count:
            more = self.of_legs(approved[count:])
            risk, shortfall = risk + more[0], shortfall + more[1]
            self._added = (len(approved), risk, shortfall)
        figures = self.figures
        return figures.value_at_risk + risk, figures.expected_shortfall + shortfall

    def of_legs(self, legs: Iterable[tuple[LegId, Decimal]]) -> tuple[Decimal, Decimal]:
        """Value at risk and expected shortfall of these notionals, each as if it stood alone."""
        risk = shortfall = _ZERO
        for leg_id, notional in legs:
            unit = self.unit(leg_id.symbol, leg_id.is_long)
            risk += notional * unit.value_at_risk
            shortfall += notional * unit.expected_shortfall
        return risk, shortfall
