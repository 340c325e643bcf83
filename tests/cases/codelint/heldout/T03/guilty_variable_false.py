from pybit.unified_trading import HTTP

REDUCE_ONLY = False


class Exits:
    def __init__(self, session: HTTP):
        self.session = session

    def close_leg(self, leg):
        return self.session.place_order(  # expect: T03
            category="linear",
            symbol=leg.symbol,
            side=leg.closing_side,
            orderType="Market",
            qty=str(leg.quantity),
            positionIdx=leg.position_idx,
            orderLinkId=leg.close_id,
            reduceOnly=REDUCE_ONLY,
        )
