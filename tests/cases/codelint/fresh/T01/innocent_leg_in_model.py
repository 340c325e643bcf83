"""The leg is a required field of the request model."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel


class OrderRequest(BaseModel):
    symbol: str
    side: Literal["Buy", "Sell"]
    quantity: Decimal
    position_idx: Literal[1, 2]
    client_order_id: str
    reduce_only: bool


async def send(http, request: OrderRequest) -> dict:
    body = {
        "category": "linear",
        "symbol": request.symbol,
        "side": request.side,
        "orderType": "Market",
        "qty": str(request.quantity),
        "positionIdx": request.position_idx,
        "orderLinkId": request.client_order_id,
        "reduceOnly": request.reduce_only,
    }
    return await http.post("/v5/order/create", json=body, timeout=3)
