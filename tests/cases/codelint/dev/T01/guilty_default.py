from decimal import Decimal

from pybit.unified_trading import HTTP


class Executor:
    def __init__(self, session: HTTP):
        self.session = session

    def open_leg(
        self,
        symbol: str,
        side: str,
        quantity: Decimal,
        link_id: str,
        position_idx: int = 0,  # expect: T01@default
    ):
        return self.session.place_order(  # expect: T01@default
            category="linear",
            symbol=symbol,
            side=side,
            orderType="Market",
            qty=str(quantity),
            orderLinkId=link_id,
            positionIdx=position_idx,
            reduceOnly=False,
        )
