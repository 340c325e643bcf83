import asyncio


class Flatten:
    def __init__(self, clients):
        self.clients = clients

    async def everywhere(self, symbol):
        calls = [client.cancel_all_orders(symbol) for client in self.clients]  # expect: D33@all
        return await asyncio.gather(*calls)  # expect: D33@all

    async def first(self, order):
        for client in self.clients:
            if client.name == order.exchange:
                await client.amend_order(order.symbol, order.client_order_id, order.price)  # expect: D33
