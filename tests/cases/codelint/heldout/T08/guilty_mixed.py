from decimal import Decimal


def breakeven(avg_px: Decimal, fee_rate: Decimal) -> Decimal:
    return avg_px * Decimal(1.0005) + fee_rate  # expect: T08


class Pnl:
    realized_pnl = 0.0  # expect: T08

    def add(self, quantity, entry_price, exit_price):
        self.realized_pnl += float(quantity) * (exit_price - entry_price)  # expect: T08
