"""The leg of an order looked up by its side."""

from decimal import Decimal

LEG_OF = {"Buy": 1, "Sell": 2}


class BodyMaker:
    def __init__(self, category: str = "linear") -> None:
        self._category = category

    def close(self, symbol: str, side: str, quantity: Decimal, link_id: str) -> dict:
        return {
            "category": self._category,
            "symbol": symbol,
            "side": side,
            "orderType": "Market",
            "qty": str(quantity),
            "positionIdx": LEG_OF[side],  # expect: T02
            "reduceOnly": True,
            "orderLinkId": link_id,
        }
