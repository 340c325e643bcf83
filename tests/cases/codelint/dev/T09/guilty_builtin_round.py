from decimal import Decimal


class Sizer:
    def __init__(self, risk_usdt: Decimal):
        self.risk_usdt = risk_usdt

    def order_qty(self, price: Decimal) -> Decimal:
        return round(self.risk_usdt / price, 3)  # expect: T09

    def quantity(self, price: Decimal, step: Decimal) -> Decimal:
        raw_qty = self.risk_usdt / price
        return raw_qty.quantize(step)  # expect: T09
