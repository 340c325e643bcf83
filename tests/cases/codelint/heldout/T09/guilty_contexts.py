"""Rounding that may take more than was allowed."""

import decimal
from decimal import Decimal

import numpy as np


class Rounder:
    def __init__(self, qty_step: Decimal):
        self.qty_step = qty_step

    def quantity(self, raw):
        return Decimal(str(raw)).quantize(self.qty_step, decimal.ROUND_CEILING)  # expect: T09

    def contracts(self, quantity, contract_size):
        return int(np.ceil(quantity / contract_size))  # expect: T09

    def close_quantity(self, leg, close_ratio):
        return round(leg.quantity * close_ratio / self.qty_step) * self.qty_step  # expect: T09
