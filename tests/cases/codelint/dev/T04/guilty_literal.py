class StopManager:
    def trail(self, position, high, low, distance):
        if position.position_side == "Buy":  # expect: T04
            return high - distance
        return low + distance

    def is_long(self, order) -> bool:
        return order.order_side == "LONG"  # expect: T04
