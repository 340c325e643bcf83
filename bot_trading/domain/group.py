"""Two legs that belong together, as they are kept: what they should hold, and how they went."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot_trading.domain.instrument import LegId

__all__ = ["GroupPhase", "LegGroup"]

_ZERO = Decimal(0)


class GroupPhase(StrEnum):
    """ENTERING until both legs hold the target, HEDGED while they do, LEAVING once the target is
    zero, OVER when nothing is held and nothing can fill any more."""

    ENTERING = "ENTERING"
    HEDGED = "HEDGED"
    LEAVING = "LEAVING"
    OVER = "OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegGroup:
    """A long leg on one exchange and a short one on another; what they hold is in the legs alone.

    `target` is what both should hold, in single coins; it never rises. `loss_max` in quote coin
    and `one_sided_max_us` are the bounds that it was entered with, `unmatched_loss_worst` and
    `one_sided_longest_us` what was measured. Once both legs were held, `marked_px` is what a coin
    of `marked_leg` was worth when it was left alone. `*_net_before` is what a leg had earned after
    fees and funding when the group began, `*_pnl` what it earned since. Times are microseconds of
    our own clock, but for `ts_market_us`, from which the horizon counts.
    """

    group_id: str
    long_leg: LegId
    short_leg: LegId
    quantity: Decimal
    target: Decimal
    expected_net_bps: Decimal
    one_sided_max_us: int
    loss_max: Decimal
    ts_opened_us: int
    ts_market_us: int
    ts_updated_us: int
    long_net_before: Decimal = _ZERO
    short_net_before: Decimal = _ZERO
    phase: GroupPhase = GroupPhase.ENTERING
    cause: str = ""
    fill_ups: int = 0
    was_hedged: bool = False
    marked_leg: LegId | None = None
    marked_px: Decimal | None = None
    one_sided_since_us: int | None = None
    one_sided_longest_us: int = 0
    unmatched_loss_worst: Decimal = _ZERO
    long_pnl: Decimal = _ZERO
    short_pnl: Decimal = _ZERO

    @property
    def legs(self) -> tuple[LegId, LegId]:
        """The long leg, then the short one."""
        return self.long_leg, self.short_leg

    @property
    def pnl(self) -> Decimal:
        """The sum of both legs after fees and funding; what is held is not valued."""
        return self.long_pnl + self.short_pnl

    @property
    def is_over(self) -> bool:
        """True when nothing is held and nothing can fill any more."""
        return self.phase is GroupPhase.OVER

    def one_sided_us(self, now_us: int) -> int:
        """The longest stretch on one leg so far, the present one included."""
        since = self.one_sided_since_us
        return max(self.one_sided_longest_us, 0 if since is None else now_us - since)
