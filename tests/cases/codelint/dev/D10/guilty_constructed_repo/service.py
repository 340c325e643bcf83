from .repo import OrderRepo


class OrderService:
    def __init__(self, path: str):
        self.repo = OrderRepo(path)
        self.count = 0

    async def remember(self, client_order_id: str, symbol: str) -> None:
        self.count += 1
        self.repo.add(client_order_id, symbol)  # expect: D10
