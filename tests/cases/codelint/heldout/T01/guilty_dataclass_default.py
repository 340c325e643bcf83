from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class OrderRequest:
    symbol: str
    side: str
    quantity: Decimal
    client_order_id: str
    reduce_only: bool
    position_idx: int = 0  # expect: T01


class Sender:
    def __init__(self, http):
        self.http = http

    async def stop(self, leg, trigger):
        body = dict(
            category="linear",
            symbol=leg.symbol,
            stopLoss=str(trigger),
            tpslMode="Full",
            positionIdx=0,  # expect: T01@stop
        )
        return await self.http.post("/v5/position/trading-stop", body, timeout=3)  # expect: T01@stop
