"""Rounding that is not downward, by other functions."""

from decimal import Decimal

import numpy as np

STEP = Decimal("0.001")


def order_size(risk, distance):
    return Decimal(np.round(risk / distance, 3))  # expect: T09


def quantity_text(quantity):
    return "%.3f" % quantity  # expect: T09


def lots(quantity):
    return int(quantity / STEP + Decimal("0.5")) * STEP  # expect: T09
