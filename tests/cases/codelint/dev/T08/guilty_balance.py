class Wallet:
    def __init__(self):
        self.equity = 0

    def on_wallet(self, coin: dict) -> None:
        self.equity = float(coin["equity"])  # expect: T08

    def size(self, available_balance: float) -> object:  # expect: T08
        return available_balance / 10
