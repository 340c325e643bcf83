"""The index comes from a parameter dictionary, a leg object, or a keyword expansion."""

import ccxt.async_support as ccxt


def leg_params(leg, link_id):
    return {"positionIdx": leg.position_idx, "orderLinkId": link_id, "reduceOnly": False}


class Venue:
    def __init__(self, key, secret):
        self.exchange = ccxt.bybit({"apiKey": key, "secret": secret, "timeout": 5000})

    async def open_leg(self, leg, amount, link_id):
        params = leg_params(leg, link_id)
        return await self.exchange.create_order(
            leg.symbol, "market", leg.opening_side, amount, None, params
        )

    async def send(self, http, request):
        fields = request.to_wire()
        fields["positionIdx"] = request.position_idx
        return await http.place_order(**fields, timeout=3)
