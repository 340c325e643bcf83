"""An order request whose leg has a default that no hedge account accepts."""

from dataclasses import asdict, dataclass
from decimal import Decimal

import httpx


@dataclass(frozen=True)
class OrderRequest:
    symbol: str
    side: str
    qty: Decimal
    price: Decimal
    orderLinkId: str
    reduceOnly: bool
    positionIdx: int = 0  # expect: T01@leg
    orderType: str = "Limit"


async def submit(client: httpx.AsyncClient, symbol: str, side: str, link_id: str) -> dict:
    request = OrderRequest(  # expect: T01@leg
        symbol, side, Decimal("0.01"), Decimal("50000"), link_id, reduceOnly=False
    )
    body = {key: str(value) for key, value in asdict(request).items()}
    reply = await client.post("/v5/order/create", json=body, timeout=3)
    return reply.json()
