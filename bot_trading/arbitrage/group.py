"""How the two legs of a group stand, by the bot's own legs and orders, and what is to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import LegId

__all__ = ["Action", "Bounds", "Side"]

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a group may hang on one leg.

    After `settle_us` of one-sidedness nothing is filled up any more, only closed. `loss_max` in
    quote coin is what the unmatched part may lose: it is closed at half of that, which leaves the
    other half to the closing itself, and filling up may cost no more than the half. A loss counts
    against the entry price, or once both sides were held, against the price when it was left alone.
    `one_sided_max_us` is the bound that is measured; a close without an answer is repeated after
    `close_again_us`, reduce-only, so that twice closes nothing twice.
    """

    settle_us: int
    one_sided_max_us: int
    close_again_us: int
    loss_max: Decimal
    fill_ups_max: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.settle_us < self.one_sided_max_us:
            raise ValueError("settle_us lies between 0 and one_sided_max_us, as closing takes time")
        if self.close_again_us <= 0 or self.loss_max <= 0 or self.fill_ups_max < 0:
            raise ValueError("close_again_us and loss_max are above zero, fill_ups_max at least")

    @property
    def loss_acted_on(self) -> Decimal:
        """The loss at which the unmatched part goes."""
        return self.loss_max / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One leg of the group now, in single coins and prices of one.

    `opening` is what entries may still add, `closing` what exits under way still take, and
    `closing_stale` the part of it that has had no answer for too long. `entry_px` is the mean price
    of what is held, `seen_px` what it is valued at while no best price is told. `is_quiet` while no
    order of it can fill any more, `may_close` while no refused close is waited for.
    """

    leg_id: LegId
    held: Decimal = _ZERO
    opening: Decimal = _ZERO
    closing: Decimal = _ZERO
    closing_stale: Decimal = _ZERO
    entry_px: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    seen_px: Decimal | None = None
    is_quiet: bool = True
    may_close: bool = True

    @property
    def open_px(self) -> Decimal | None:
        """What entering a coin more takes now; None where nobody told."""
        return self.ask if self.leg_id.is_long else self.bid

    @property
    def close_px(self) -> Decimal | None:
        """What leaving a coin takes now, or its price as last seen; None where nobody told any."""
        best = self.bid if self.leg_id.is_long else self.ask
        return self.seen_px if best is None else best

    def worse(self, before: Decimal, now: Decimal) -> Decimal:
        """What a coin held on this leg loses while its price goes from `before` to `now`."""
        return before - now if self.leg_id.is_long else now - before


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An order to send: entries fill a leg up, everything else is reduce-only at market."""

    leg_id: LegId
    opens: bool
    quantity: Decimal
    cause: str
