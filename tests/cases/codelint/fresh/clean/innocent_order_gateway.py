"""Order gateway in front of a ccxt venue: one send per id, unknown outcomes are looked up."""

from __future__ import annotations

import asyncio
import enum
import logging
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from typing import Protocol

log = logging.getLogger(__name__)
SEND_TIMEOUT_S = 3
LOOKUP_PAUSES_S = (0.2, 0.5, 1.0, 2.0)


class OrderSide(enum.Enum):
    BUY = "buy"
    SELL = "sell"


class PositionSide(enum.Enum):
    LONG = "long"
    SHORT = "short"


class Outcome(enum.Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class RefusedError(Exception):
    """The venue answered, and did not take the order."""


class UnknownOutcomeError(Exception):
    """Nobody knows whether the order rests at the venue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    client_order_id: str
    symbol: str
    position_side: PositionSide
    position_idx: int
    is_opening: bool
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    client_order_id: str
    outcome: Outcome
    venue_order_id: str


class Venue(Protocol):
    async def place(self, intent: Intent, side: OrderSide, *, reduce_only: bool) -> str: ...

    async def lookup(self, symbol: str, client_order_id: str) -> str | None: ...


def side_of(intent: Intent) -> OrderSide:
    is_long = intent.position_side is PositionSide.LONG
    return OrderSide.BUY if is_long == intent.is_opening else OrderSide.SELL


def fitted(intent: Intent, step: Decimal, tick: Decimal) -> Intent:
    """The intent with quantity and price on the venue's grid; the quantity never grows."""
    quantity = (intent.quantity / step).to_integral_value(rounding=ROUND_DOWN) * step
    price = (intent.price / tick).to_integral_value(rounding=ROUND_DOWN) * tick
    if quantity <= 0:
        raise ValueError(f"{intent.client_order_id}: quantity is below one step of {step}")
    return replace(intent, quantity=quantity, price=price)


class Gateway:
    """Sends each intent at most once."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._sent: dict[str, asyncio.Task[Placed]] = {}

    async def submit(self, intent: Intent) -> Placed:
        task = self._sent.get(intent.client_order_id)
        if task is None:
            task = asyncio.create_task(self._submit(intent))
            self._sent[intent.client_order_id] = task
        return await asyncio.shield(task)

    async def _submit(self, intent: Intent) -> Placed:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                venue_id = await self._venue.place(
                    intent, side_of(intent), reduce_only=not intent.is_opening
                )
        except RefusedError as error:
            log.error("%s refused: %s", intent.client_order_id, error)
            raise
        except (TimeoutError, ConnectionError) as error:
            log.warning("%s: outcome unknown: %r", intent.client_order_id, error)
            venue_id = await self._looked_up(intent)
        return Placed(
            client_order_id=intent.client_order_id,
            outcome=Outcome.ACCEPTED,
            venue_order_id=venue_id,
        )

    async def _looked_up(self, intent: Intent) -> str:
        for pause_s in LOOKUP_PAUSES_S:
            await asyncio.sleep(pause_s)
            async with asyncio.timeout(SEND_TIMEOUT_S):
                found = await self._venue.lookup(intent.symbol, intent.client_order_id)
            if found is not None:
                return found
        raise UnknownOutcomeError(intent.client_order_id)
