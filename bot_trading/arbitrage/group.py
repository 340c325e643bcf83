"""What a group of two legs is: its sides, its bounds, and the orders that it has under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot_trading.arbitrage.pair import Pair

__all__ = ["Action", "Bounds", "Group", "Phase", "Prices", "Sent", "Side", "Which"]

_ZERO = Decimal(0)


class Which(StrEnum):
    """One of the two sides: the leg that buys first, or the one that sells first."""

    LONG = "LONG"
    SHORT = "SHORT"


class Phase(StrEnum):
    """ENTERING until both sides hold the target, HEDGED while they do, LEAVING once the target is
    zero, OVER when nothing is held and nothing can fill any more."""

    ENTERING = "ENTERING"
    HEDGED = "HEDGED"
    LEAVING = "LEAVING"
    OVER = "OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a group may hang on one leg.

    After `settle_us` of one-sidedness nothing is filled up any more, only closed. `loss_max` in
    quote coin is what the unmatched part may lose before it is closed, and what filling up may
    cost: against its entry price, or once both sides were held, against the price when it was left
    alone. `one_sided_max_us` is the bound that is measured; a close without an
    answer is repeated after `close_again_us`, reduce-only, so that twice closes nothing twice.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An order of the group that may still fill: how much of it, and since when."""

    opens: bool
    leaves: Decimal
    ts_sent_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side in coins and quote coin. `cash` is what its fills took in less what they paid,
    `opened_*` what its entries filled."""

    held: Decimal = _ZERO
    cash: Decimal = _ZERO
    commission: Decimal = _ZERO
    funding: Decimal = _ZERO
    opened_qty: Decimal = _ZERO
    opened_cash: Decimal = _ZERO
    fill_ups: int = 0
    is_refused: bool = False
    close_not_before_us: int = 0
    under_way: dict[str, Sent] = field(default_factory=dict)

    @property
    def pnl(self) -> Decimal:
        """What the side earned after fees and funding, once it is flat."""
        return self.cash - self.commission + self.funding

    @property
    def opening(self) -> Decimal:
        """What entries under way may still add."""
        return sum((each.leaves for each in self.under_way.values() if each.opens), _ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a coin costs now on each side: to buy and to sell; None where nobody told."""

    long_bid: Decimal | None
    long_ask: Decimal | None
    short_bid: Decimal | None
    short_ask: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An order to send: entries fill a side up, everything else is reduce-only at market."""

    order_id: str
    which: Which
    opens: bool
    quantity: Decimal
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Both sides, what they should hold, and how long they have hung and did hang on one leg.

    `pair` has the side that buys first. Times are microseconds of our own clock.
    """

    group_id: str
    pair: Pair
    bounds: Bounds
    target: Decimal
    ts_opened_us: int
    long: Side
    short: Side
    phase: Phase = Phase.ENTERING
    cause: str = ""
    orders: int = 0
    one_sided_since_us: int | None = None
    one_sided_longest_us: int = 0
    unmatched_loss_worst: Decimal = _ZERO
    was_hedged: bool = False
    marked: tuple[Which, Decimal] | None = None

    def side(self, which: Which) -> Side:
        """One of the sides."""
        return self.long if which is Which.LONG else self.short

    @property
    def pnl(self) -> Decimal:
        """The sum of both sides after fees and funding; what is held is not valued."""
        return self.long.pnl + self.short.pnl

    def one_sided_us(self, now_us: int) -> int:
        """The longest stretch on one leg so far, the present one included."""
        since = self.one_sided_since_us
        return max(self.one_sided_longest_us, 0 if since is None else now_us - since)
