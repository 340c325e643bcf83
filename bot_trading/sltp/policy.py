"""How legs are left, as declared: ladder, profit protection, trailing, volatility and time.

Every distance is in percent of the average entry price (of the market's price where it is said
so), every `close_ratio` a part of the quantity that was entered. A contradiction is refused with
one sentence that names level and field.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot_trading.domain.instrument import Instrument
from bot_trading.errors import ConfigError

__all__ = [
    "DEFAULT_POLICY",
    "ExitPolicy",
    "LadderExecution",
    "LadderLevel",
    "LockLevel",
    "PartialTakeProfit",
    "ProfitProtection",
    "TimeAdjustment",
    "TrailingStop",
    "TrailingType",
    "VolatilityAdjustment",
]

_LADDER = "partial_take_profit.levels"
_PROTECTION = "profit_protection"
_TRAILING = "trailing_stop"
# Below it a percent is taken for a fraction (0.012 for 1.2 %), above it for basis points.
PERCENT_MIN, PERCENT_MAX = Decimal("0.05"), Decimal(50)


class LadderExecution(StrEnum):
    """Whether a level rests on the exchange as a limit order, or is sent when it is touched."""

    RESTING = "resting"
    ON_TOUCH = "on_touch"


class TrailingType(StrEnum):
    """What the distance of a trailing stop is measured in."""

    FIXED = "fixed"
    PERCENTAGE = "percentage"
    ATR = "atr"
    ADAPTIVE = "adaptive"


def _refuse(field: str, value: object, expected: str) -> ConfigError:
    return ConfigError(f"enhanced_sltp.{field} is {value}: {expected}")


def _check_percent(field: str, value: Decimal) -> None:
    if not value.is_finite():
        raise _refuse(field, value, "expected a percent")
    if value <= 0:
        raise _refuse(field, value, "expected a percent above zero")
    if value < PERCENT_MIN:
        raise _refuse(
            field,
            value,
            f"that looks like a fraction; expected a percent of at least {PERCENT_MIN}, so write "
            f"{(value * 100).normalize():f} for {(value * 100).normalize():f} %",
        )
    if value > PERCENT_MAX:
        raise _refuse(field, value, f"expected a percent of at most {PERCENT_MAX}")


def _check_ratio(field: str, value: Decimal) -> None:
    if not value.is_finite() or not 0 < value <= 1:
        raise _refuse(field, value, "expected a ratio above 0 and at most 1")


def _check_rising(field: str, values: Iterable[tuple[str, Decimal]]) -> None:
    """Each one above the one before it; the sentence names the level that is not."""
    before: Decimal | None = None
    for number, (name, value) in enumerate(values, start=1):
        if before is not None and value == before:
            raise _refuse(
                f"{field}: level {number} {name}", value, f"level {number - 1} has the same"
            )
        if before is not None and value < before:
            raise _refuse(
                f"{field}: level {number} {name}",
                value,
                f"below level {number - 1} with {before}; expected levels in rising order",
            )
        before = value


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLevel:
    """Close `close_ratio` of what was entered when the price has gained `percent`."""

    percent: Decimal
    close_ratio: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialTakeProfit:
    """The ladder; what its ratios leave over is the rest, which trails.

    With `update_sl_after_partial` the stop follows each executed level: to break-even after the
    first, to the level before it after each further one.
    """

    levels: tuple[LadderLevel, ...]
    execution: LadderExecution = LadderExecution.RESTING
    update_sl_after_partial: bool = True

    def __post_init__(self) -> None:
        if not self.levels:
            raise _refuse(_LADDER, "empty", "expected at least one level, or no ladder at all")
        total = Decimal(0)
        for number, level in enumerate(self.levels, start=1):
            _check_percent(f"{_LADDER}: level {number} percent", level.percent)
            _check_ratio(f"{_LADDER}: level {number} close_ratio", level.close_ratio)
            total += level.close_ratio
            if total > 1:
                raise _refuse(
                    f"{_LADDER}: level {number} close_ratio",
                    level.close_ratio,
                    f"with it the levels close {total}; expected at most 1 together",
                )
        _check_rising(_LADDER, (("percent", level.percent) for level in self.levels))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLevel:
    """Once the price has gained `trigger_percent`, the stop keeps `lock_percent` of gain."""

    trigger_percent: Decimal
    lock_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitProtection:
    """Break-even and locks; together they move the stop of one life at most `max_updates` times.

    `breakeven_offset_percent` lies beyond the entry price, so that fees and funding are paid.
    """

    breakeven_percent: Decimal
    breakeven_offset_percent: Decimal
    lock_levels: tuple[LockLevel, ...] = ()
    max_updates: int = 10

    def __post_init__(self) -> None:
        _check_percent(f"{_PROTECTION}.breakeven_percent", self.breakeven_percent)
        offset = self.breakeven_offset_percent
        if not offset.is_finite() or not 0 <= offset < self.breakeven_percent:
            raise _refuse(
                f"{_PROTECTION}.breakeven_offset_percent",
                offset,
                f"expected zero or more, and less than breakeven_percent {self.breakeven_percent}",
            )
        if self.max_updates < 1:
            raise _refuse(f"{_PROTECTION}.max_updates", self.max_updates, "expected 1 or more")
        for number, lock in enumerate(self.lock_levels, start=1):
            self._check_lock(f"{_PROTECTION}.lock_levels: level {number}", lock)
        triggers = (("trigger_percent", lock.trigger_percent) for lock in self.lock_levels)
        _check_rising(f"{_PROTECTION}.lock_levels", triggers)
        locks = (("lock_percent", lock.lock_percent) for lock in self.lock_levels)
        _check_rising(f"{_PROTECTION}.lock_levels", locks)

    def _check_lock(self, level: str, lock: LockLevel) -> None:
        _check_percent(f"{level} trigger_percent", lock.trigger_percent)
        _check_percent(f"{level} lock_percent", lock.lock_percent)
        if lock.lock_percent >= lock.trigger_percent:
            raise _refuse(
                f"{level} lock_percent",
                lock.lock_percent,
                f"expected less than its trigger_percent {lock.trigger_percent}",
            )
        if lock.trigger_percent <= self.breakeven_percent:
            raise _refuse(
                f"{level} trigger_percent",
                lock.trigger_percent,
                f"expected more than breakeven_percent {self.breakeven_percent}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailingStop:
    """A stop that follows the price from `activation_percent` of gain on, in steps.

    The distance is `distance_usdt` (fixed, quote coin), `distance_percent` of the price
    (percentage), `atr_multiple` times ATR (atr), or `distance_percent` times ATR over
    `atr_reference_percent` of the price (adaptive); never below `min_distance_percent` nor above
    `max_distance_percent` of the price. `step_percent` of the price is the least move worth making.
    A `native` one is the exchange's own: set once in the life of a leg, and moved with each price.
    """

    kind: TrailingType
    activation_percent: Decimal
    max_distance_percent: Decimal
    step_percent: Decimal = Decimal("0.05")
    min_distance_percent: Decimal = PERCENT_MIN
    distance_usdt: Decimal | None = None
    distance_percent: Decimal | None = None
    atr_multiple: Decimal | None = None
    atr_reference_percent: Decimal | None = None
    native: bool = False

    def __post_init__(self) -> None:
        for name in ("activation_percent", "max_distance_percent", "min_distance_percent"):
            _check_percent(f"{_TRAILING}.{name}", getattr(self, name))
        if not self.step_percent.is_finite() or not 0 < self.step_percent <= PERCENT_MAX:
            raise _refuse(f"{_TRAILING}.step_percent", self.step_percent, "expected above zero")
        if self.min_distance_percent > self.max_distance_percent:
            raise _refuse(
                f"{_TRAILING}.min_distance_percent",
                self.min_distance_percent,
                f"expected at most max_distance_percent {self.max_distance_percent}",
            )
        self._check_parts()
        if self.native and self.kind is not TrailingType.FIXED:
            expected = f"an exchange follows at a fixed distance only, and this is by {self.kind}"
            raise _refuse(f"{_TRAILING}.native", "true", expected)
        if self.distance_percent is None:
            return
        _check_percent(f"{_TRAILING}.distance_percent", self.distance_percent)
        if not self.min_distance_percent <= self.distance_percent <= self.max_distance_percent:
            raise _refuse(
                f"{_TRAILING}.distance_percent",
                self.distance_percent,
                f"expected between min_distance_percent {self.min_distance_percent} and "
                f"max_distance_percent {self.max_distance_percent}",
            )

    def _check_parts(self) -> None:
        """A kind has what it is measured in, above zero, and nothing that it would ignore."""
        for name in ("distance_usdt", "distance_percent", "atr_multiple", "atr_reference_percent"):
            value: Decimal | None = getattr(self, name)
            is_needed = name in _PARTS_OF[self.kind]
            if is_needed and value is None:
                raise _refuse(
                    f"{_TRAILING}.{name}", "missing", f"a trailing stop by {self.kind} needs it"
                )
            if not is_needed and value is not None:
                raise _refuse(
                    f"{_TRAILING}.{name}", value, f"a trailing stop by {self.kind} ignores it"
                )
            if value is not None and (not value.is_finite() or value <= 0):
                raise _refuse(f"{_TRAILING}.{name}", value, "expected a number above zero")


_PARTS_OF = {
    TrailingType.FIXED: frozenset({"distance_usdt"}),
    TrailingType.PERCENTAGE: frozenset({"distance_percent"}),
    TrailingType.ATR: frozenset({"atr_multiple"}),
    TrailingType.ADAPTIVE: frozenset({"distance_percent", "atr_reference_percent"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityAdjustment:
    """A calm market needs less room, a wild one none at all; distances only ever shrink.

    ATR is in percent of the price. Below `calm_below_atr_percent` distances are multiplied by
    `tighten_ratio`; above `close_above_atr_percent` the leg is closed (None: never).
    """

    calm_below_atr_percent: Decimal
    tighten_ratio: Decimal
    close_above_atr_percent: Decimal | None = None

    def __post_init__(self) -> None:
        calm, wild = self.calm_below_atr_percent, self.close_above_atr_percent
        if not calm.is_finite() or calm <= 0:
            field = "volatility_adjustment.calm_below_atr_percent"
            raise _refuse(field, calm, "expected a percent above zero")
        _check_ratio("volatility_adjustment.tighten_ratio", self.tighten_ratio)
        if wild is not None and not wild > calm:
            raise _refuse(
                "volatility_adjustment.close_above_atr_percent",
                wild,
                f"expected more than calm_below_atr_percent {calm}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAdjustment:
    """A leg older than `tighten_after_s` keeps its distances times `tighten_ratio`."""

    tighten_after_s: int
    tighten_ratio: Decimal

    def __post_init__(self) -> None:
        if self.tighten_after_s <= 0:
            field = "time_adjustment.tighten_after_s"
            raise _refuse(field, self.tighten_after_s, "expected seconds above zero")
        _check_ratio("time_adjustment.tighten_ratio", self.tighten_ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPolicy:
    """Everything that leaves a leg beside its first stop and its horizon; None where not wanted.

    `stop_loss_percent` is the distance of the first stop, which volatility and time may tighten.
    """

    stop_loss_percent: Decimal
    partial_take_profit: PartialTakeProfit | None = None
    profit_protection: ProfitProtection | None = None
    trailing_stop: TrailingStop | None = None
    volatility_adjustment: VolatilityAdjustment | None = None
    time_adjustment: TimeAdjustment | None = None
    atr_candles: int = 14

    def __post_init__(self) -> None:
        _check_percent("stop_loss_percent", self.stop_loss_percent)
        if self.atr_candles < 1:
            raise _refuse("atr_candles", self.atr_candles, "expected 1 or more")
        ladder, protection = self.partial_take_profit, self.profit_protection
        if ladder is not None and protection is not None:
            first = ladder.levels[0].percent
            if protection.breakeven_percent > first:
                raise _refuse(
                    f"{_PROTECTION}.breakeven_percent",
                    protection.breakeven_percent,
                    f"above the first target, {_LADDER}: level 1 percent {first}",
                )
        if self.trails_natively and (self.time_adjustment or self.volatility_adjustment):
            shorter = "time_adjustment" if self.time_adjustment else "volatility_adjustment"
            expected = f"an exchange cannot shorten its distance, and {shorter} does; leave one out"
            raise _refuse(f"{_TRAILING}.native", "true", expected)

    @property
    def trails_natively(self) -> bool:
        """True when the exchange trails, and the bot therefore never does."""
        return self.trailing_stop is not None and self.trailing_stop.native

    @property
    def needs_atr(self) -> bool:
        """True when a part of it measures volatility."""
        trailing = self.trailing_stop
        by_atr = trailing is not None and trailing.kind in (TrailingType.ATR, TrailingType.ADAPTIVE)
        return by_atr or self.volatility_adjustment is not None

    def problem_with(self, instrument: Instrument, price: Decimal) -> str | None:
        """Why it cannot work on this instrument at this price, or None when it can."""
        tick = instrument.tick_size
        for name, distance in self._distances(price):
            if distance < tick:
                symbol = instrument.instrument_id.symbol
                return f"enhanced_sltp.{name} is below one tick of {symbol}, {tick.normalize():f}"
        return None

    def _distances(self, price: Decimal) -> Iterable[tuple[str, Decimal]]:
        """What must span at least one tick, in quote coin."""
        hundredth = price / 100
        if self.trailing_stop is not None:
            trailing = self.trailing_stop
            if trailing.distance_usdt is not None:
                yield f"{_TRAILING}.distance_usdt", trailing.distance_usdt
            least = trailing.min_distance_percent
            yield f"{_TRAILING}.min_distance_percent", least * hundredth
        if self.partial_take_profit is not None:
            first = self.partial_take_profit.levels[0].percent
            yield f"{_LADDER}: level 1 percent", first * hundredth
        yield "stop_loss_percent", self.stop_loss_percent * hundredth


DEFAULT_POLICY = ExitPolicy(
    stop_loss_percent=Decimal("0.6"),
    partial_take_profit=PartialTakeProfit(
        levels=(
            LadderLevel(percent=Decimal("1.2"), close_ratio=Decimal("0.2")),
            LadderLevel(percent=Decimal("2.4"), close_ratio=Decimal("0.3")),
        )
    ),
    profit_protection=ProfitProtection(
        breakeven_percent=Decimal("0.8"), breakeven_offset_percent=Decimal("0.15")
    ),
    trailing_stop=TrailingStop(
        kind=TrailingType.PERCENTAGE,
        activation_percent=Decimal(3),
        distance_percent=Decimal(1),
        max_distance_percent=Decimal(2),
    ),
)
