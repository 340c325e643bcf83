from .sides import leg_index


class Client:
    def __init__(self, http):
        self.http = http

    async def create_order(self, order):
        body = order.to_body()
        body["position_idx"] = leg_index(order.side)  # expect: T02@helper
        return await self.http.place_order(**body, timeout=3)
