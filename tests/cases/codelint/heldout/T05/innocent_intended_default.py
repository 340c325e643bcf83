"""A default of our own request, which is a choice and no reading of the exchange's word."""


class Request:
    def __init__(self, symbol, order_type="Limit", time_in_force="GTC"):
        self.symbol = symbol
        self.order_type = order_type
        self.time_in_force = time_in_force


def label(raw):
    return {"live": "open", "filled": "done"}.get(raw, f"unknown ({raw})")


def log_level(config):
    return config.get("level", "INFO")
