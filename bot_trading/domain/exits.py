"""How a leg is left: the rungs of its take-profit ladder and the moves of its stop, as kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot_trading.domain.instrument import Instrument, LegId
from bot_trading.domain.order import Order
from bot_trading.domain.position import LegProtection, PositionLeg

__all__ = ["LadderAtRest", "LadderRung", "LegExits", "ProtectionStep", "RungStatus", "StepStatus"]


class RungStatus(StrEnum):
    """Where a rung stands; a MERGED one was too small and is closed with the next."""

    PLANNED = "PLANNED"
    SENT = "SENT"
    FILLED = "FILLED"
    MERGED = "MERGED"
    CANCELED = "CANCELED"


class StepStatus(StrEnum):
    """What is known of a stop: sent with an entry, asked for, confirmed, or refused."""

    ATTACHED = "ATTACHED"
    ASKED = "ASKED"
    SET = "SET"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderRung:
    """One level of one life of a leg; quantity in base coin, prices in quote coin.

    `percent` is its distance from the average entry price, `close_ratio` its part of what was
    entered. `attempts` counts the orders sent for it, of which `client_order_id` is the last;
    `price_seen` is the market's price when that one was decided. `filled_qty` is the sum of their
    booked fills and never exceeds `quantity`: a level is executed once.
    """

    leg_id: LegId
    episode: int
    level: int
    percent: Decimal
    close_ratio: Decimal
    quantity: Decimal
    price: Decimal
    filled_qty: Decimal = Decimal(0)
    attempts: int = 0
    client_order_id: str | None = None
    price_seen: Decimal | None = None
    status: RungStatus = RungStatus.PLANNED
    cause: str = ""

    @property
    def remaining_qty(self) -> Decimal:
        """What the level has still to close."""
        return self.quantity - self.filled_qty


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderAtRest:
    """A ladder found served by the orders that rest: while none of this changes, none is due."""

    leg: PositionLeg | None
    instrument: Instrument
    rungs: tuple[LadderRung, ...]
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegExits:
    """What the exits of one life of a leg have done so far.

    `updates` counts the moves of the stop by profit protection, which are limited. `cause` and
    `price_seen` belong to the stop that is wanted now. `planned` is the leg as the rungs were
    planned for it, `at_rest` what they were last compared with: both only spare repeated work.
    """

    leg_id: LegId
    episode: int
    rungs: tuple[LadderRung, ...] = ()
    updates: int = 0
    cause: str = "entry"
    price_seen: Decimal | None = None
    planned: PositionLeg | None = None
    at_rest: LadderAtRest | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionStep:
    """A step of the stop's path: what was to rest in which life of the leg, why, and its fate.

    `updates` is how often profit protection had moved the stop of this life, this step included.
    """

    protection: LegProtection
    episode: int
    cause: str
    price_seen: Decimal | None
    status: StepStatus
    updates: int = 0
