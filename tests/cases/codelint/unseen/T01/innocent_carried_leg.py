"""The leg travels from the intent through the request to the wire."""

from dataclasses import dataclass
from decimal import Decimal

import httpx


@dataclass(frozen=True, kw_only=True)
class OrderRequest:
    symbol: str
    side: str
    quantity: Decimal
    position_idx: int
    reduce_only: bool
    link_id: str

    def __post_init__(self) -> None:
        if self.position_idx not in (1, 2):
            raise ValueError(f"position_idx {self.position_idx}: expected 1 (long) or 2 (short)")

    def body(self) -> dict:
        return {
            "category": "linear",
            "symbol": self.symbol,
            "side": self.side,
            "orderType": "Market",
            "qty": str(self.quantity),
            "positionIdx": self.position_idx,
            "reduceOnly": self.reduce_only,
            "orderLinkId": self.link_id,
        }


async def submit(client: httpx.AsyncClient, request: OrderRequest) -> dict:
    reply = await client.post("/v5/order/create", json=request.body(), timeout=3)
    return reply.json()
