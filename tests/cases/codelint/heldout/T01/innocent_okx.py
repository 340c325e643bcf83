"""OKX names the leg posSide; a start-up check compares with zero; enums hold it."""

from enum import IntEnum


class PositionIdx(IntEnum):
    ONE_WAY = 0
    LONG = 1
    SHORT = 2


def refuse_one_way(rows):
    for row in rows:
        if int(row["positionIdx"]) == PositionIdx.ONE_WAY:
            raise ValueError(f"{row['symbol']}: the account is in one-way mode, expected hedge mode")


async def okx_order(http, intent):
    body = {
        "instId": intent.instrument_id,
        "tdMode": "cross",
        "side": intent.side,
        "posSide": intent.position_side,
        "ordType": "market",
        "sz": str(intent.contracts),
        "clOrdId": intent.client_order_id,
    }
    return await http.post("/api/v5/trade/order", body, timeout=3)
