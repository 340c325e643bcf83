"""Which rows may be learned from and which are asked, so that neither sees the other's future.

Walk-forward only: what is learned from always lies before what is asked. A row is purged when its
label ends after the asked part begins; the embargo is a further pause, as long as features look
back, so that both sides share no candle (López de Prado 2018, chapter 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bot_trading.errors import ConfigError
from bot_trading.ml.arrays import Ints, Mask

__all__ = ["Fold", "Span", "day_us", "rows_before", "rows_within", "shared_rows", "walk_forward"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of time: `from_us` belongs to it, `until_us` does not."""

    from_us: int
    until_us: int

    def __post_init__(self) -> None:
        if self.from_us >= self.until_us:
            raise ValueError(f"span from {self.from_us} until {self.until_us} is empty")


def day_us(text: str) -> int:
    """A date or instant as microseconds, UTC where it names no zone; raises ConfigError."""
    try:
        day = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is no date; expected one like 2026-04-01") from error
    day = day.replace(tzinfo=UTC) if day.tzinfo is None else day.astimezone(UTC)
    return int(day.timestamp()) * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """What is learned from, and what is asked afterwards."""

    learn: Span
    ask: Span


def walk_forward(whole: Span, folds: int, *, first_share: float = 0.4) -> tuple[Fold, ...]:
    """Expanding folds: the first learns from `first_share` of the time, each asks the next part."""
    length = whole.until_us - whole.from_us
    start = whole.from_us + int(length * first_share)
    edges = [start + (whole.until_us - start) * i // folds for i in range(folds + 1)]
    return tuple(
        Fold(
            learn=Span(from_us=whole.from_us, until_us=edges[i]),
            ask=Span(from_us=edges[i], until_us=edges[i + 1]),
        )
        for i in range(folds)
    )


def rows_before(span: Span, decided_us: Ints, label_end_us: Ints, embargo_us: int) -> Mask:
    """Rows to learn from: decided in the span, their labels over `embargo_us` before its end."""
    inside = (decided_us >= span.from_us) & (decided_us < span.until_us)
    result: Mask = inside & (label_end_us <= span.until_us - embargo_us)
    return result


def rows_within(span: Span, decided_us: Ints, label_end_us: Ints) -> Mask:
    """Rows to ask: decided in the span and their labels over by its end."""
    result: Mask = (
        (decided_us >= span.from_us)
        & (decided_us < span.until_us)
        & (label_end_us <= span.until_us)
    )
    return result


def shared_rows(learn_end_us: Ints, ask_decided_us: Ints) -> int:
    """How many labels of the learned rows end after the first asked row was decided."""
    if not len(ask_decided_us):
        return 0
    return int((learn_end_us > ask_decided_us.min()).sum())
