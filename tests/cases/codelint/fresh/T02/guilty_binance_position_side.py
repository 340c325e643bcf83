"""positionSide taken from the side of the order: a closing order names the wrong leg."""

from decimal import Decimal

LEG_OF = {"BUY": "LONG", "SELL": "SHORT"}


def order_body(symbol: str, side: str, quantity: Decimal, client_id: str) -> dict:
    return {
        "symbol": symbol,
        "side": side,
        "type": "MARKET",
        "quantity": str(quantity),
        "newClientOrderId": client_id,
        "positionSide": "LONG" if side == "BUY" else "SHORT",  # expect: T02
    }


def okx_body(order) -> dict:
    pos_side = LEG_OF[order.side]  # expect: T02@okx
    return {
        "instId": order.symbol,
        "side": order.side.lower(),
        "posSide": pos_side.lower(),  # expect: T02@okx
        "sz": str(order.quantity),
        "clOrdId": order.client_order_id,
    }
