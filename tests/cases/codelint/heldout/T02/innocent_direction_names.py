"""Direction of a signal, name of a leg, side of a book: none of them is an order's side."""


class Signal:
    def __init__(self, direction):
        self.direction = direction

    @property
    def position_idx(self):
        return {"long": 1, "short": 2}[self.direction]


def best_price(book, side):
    return book.bids[0] if side == "Buy" else book.asks[0]


def leg_of_position(row):
    return {1: "long", 2: "short"}[row.position_idx]


def opening_side(position_idx):
    return "Buy" if position_idx == 1 else "Sell"


def closing_side(position_idx):
    return "Sell" if position_idx == 1 else "Buy"
