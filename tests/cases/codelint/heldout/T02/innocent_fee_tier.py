"""1 and 2 by side that are no legs: queue priorities and columns of a report."""


def column(side):
    return 1 if side == "Buy" else 2


def priority(order):
    if order.reduce_only:
        return 0
    return 2 if order.side == "Sell" else 3


def totals(fills):
    rows = {1: 0, 2: 0}
    for fill in fills:
        rows[column(fill.side)] += fill.last_qty
    return rows
