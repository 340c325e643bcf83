"""The start-up check that refuses one-way mode."""


def check(settings: dict) -> None:
    if settings["trading"]["hedge_mode"] is False:
        raise ValueError("trading.hedge_mode is false: expected true; set it and restart")
