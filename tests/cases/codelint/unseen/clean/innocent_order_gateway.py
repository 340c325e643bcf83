"""The order gateway: one id, one deadline, an honest unknown, and a question afterwards."""

import asyncio
import enum
import hashlib
from dataclasses import dataclass
from decimal import Decimal


class Answer(enum.Enum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Refused(Exception):
    """The exchange said no."""


@dataclass(frozen=True, kw_only=True)
class Intent:
    intent_id: str
    symbol: str
    side: str
    position_idx: int
    reduce_only: bool
    quantity: Decimal
    price: Decimal


def link_id_of(intent: Intent) -> str:
    return hashlib.sha256(intent.intent_id.encode()).hexdigest()[:32]


class Gateway:
    def __init__(self, venue, journal, submit_timeout_s: int = 3) -> None:
        self._venue = venue
        self._journal = journal
        self._submit_timeout_s = submit_timeout_s

    async def submit(self, intent: Intent) -> Answer:
        link_id = link_id_of(intent)
        async with asyncio.timeout(2):
            await self._journal.pending(link_id, intent)
        try:
            async with asyncio.timeout(self._submit_timeout_s):
                await self._venue.place_order(
                    symbol=intent.symbol,
                    side=intent.side,
                    order_type="Limit",
                    quantity=intent.quantity,
                    price=intent.price,
                    position_idx=intent.position_idx,
                    reduce_only=intent.reduce_only,
                    client_order_id=link_id,
                )
        except Refused:
            return Answer.REFUSED
        except (TimeoutError, OSError):
            return await self._asked(intent.symbol, link_id)
        return Answer.ACCEPTED

    async def _asked(self, symbol: str, link_id: str) -> Answer:
        try:
            async with asyncio.timeout(self._submit_timeout_s):
                order = await self._venue.order_of(symbol, link_id)
        except (TimeoutError, OSError):
            return Answer.UNKNOWN
        return Answer.ACCEPTED if order is not None else Answer.UNKNOWN
