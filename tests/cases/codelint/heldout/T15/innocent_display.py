"""Top of book and mark price: the newest message is what they are."""

from decimal import Decimal


class Quotes:
    def __init__(self):
        self.best = {}
        self.mark = {}

    def on_book_ticker(self, event):
        self.best[event["s"]] = (Decimal(event["b"]), Decimal(event["a"]))

    def on_mark_price(self, event):
        self.mark[event["s"]] = Decimal(event["p"])
