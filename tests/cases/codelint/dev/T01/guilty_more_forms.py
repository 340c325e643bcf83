"""The index left out, in a batch, in a subclass call and behind a constant."""

from pybit.unified_trading import HTTP

ONE_WAY = 0


class Base:
    def __init__(self, session: HTTP):
        self.session = session

    def batch(self, intents):
        rows = [  # expect: T01@batch
            {
                "symbol": intent.symbol,
                "side": intent.side,
                "orderType": "Limit",
                "price": str(intent.price),
                "qty": str(intent.quantity),
                "orderLinkId": intent.client_order_id,
                "reduceOnly": False,
            }
            for intent in intents
        ]
        return self.session.place_batch_order(category="linear", request=rows)  # expect: T01@batch

    def entry(self, intent):
        return self.session.place_order(  # expect: T01
            category="linear",
            symbol=intent.symbol,
            side=intent.side,
            orderType="Market",
            qty=str(intent.quantity),
            orderLinkId=intent.client_order_id,
            reduceOnly=False,
            positionIdx=ONE_WAY,
        )


class Request:
    def __init__(self, symbol, side, quantity, client_order_id, position_idx=0):  # expect: T01
        self.symbol = symbol
        self.side = side
        self.quantity = quantity
        self.client_order_id = client_order_id
        self.position_idx = position_idx
