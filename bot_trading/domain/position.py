"""A leg of a position: what we hold, what it cost, and what has been realised on it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import LegId

__all__ = ["LegProtection", "NativeTrailing", "PositionLeg", "is_looser"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLeg:
    """One leg built from fills alone; quantity in base coin, never negative, money in quote coin.

    `entry_value` is what the open quantity cost. `realized_pnl` excludes commission and funding,
    which are kept beside it: wallet change = realized_pnl − commission + funding. `episode` counts
    the lives of the leg, from flat to flat; it is 0 before the first fill. `entered_qty` is what
    was entered in the present life: the open quantity and everything that left it since.
    """

    leg_id: LegId
    quantity: Decimal = Decimal(0)
    entered_qty: Decimal = Decimal(0)
    entry_value: Decimal = Decimal(0)
    realized_pnl: Decimal = Decimal(0)
    commission: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    episode: int = 0
    ts_opened_us: int = 0
    ts_updated_us: int = 0

    @property
    def is_flat(self) -> bool:
        """True when nothing is held."""
        return self.quantity == 0

    @property
    def avg_px(self) -> Decimal | None:
        """The average entry price, or None when flat."""
        return None if self.quantity == 0 else self.entry_value / self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeTrailing:
    """A stop of the whole leg that the exchange itself lets follow the last price at `distance`, in
    quote coin: from `active_px` on, or at once where that is None. What an exchange tells of one
    that rests need not name `active_px`."""

    distance: Decimal
    active_px: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegProtection:
    """What rests on the exchange to protect a leg; None where nothing rests.

    Where it is asked for, `trailing` is set beside the two prices, and None leaves one that rests.
    """

    leg_id: LegId
    stop_loss: Decimal | None
    take_profit: Decimal | None
    trailing: NativeTrailing | None = None


def is_looser(leg_id: LegId, candidate: Decimal | None, than: Decimal | None) -> bool:
    """True when a stop at `candidate` would risk more than one at `than`; None risks everything."""
    if than is None:
        return False
    if candidate is None:
        return True
    return candidate < than if leg_id.is_long else candidate > than
