"""The age of an exchange's stamp and the clock offset need the wall clock."""

import time


def age_ms(message: dict) -> int:
    return int(time.time() * 1000) - message["ts"]


def clock_offset_ms(server_time_ms: int) -> int:
    return server_time_ms - int(time.time() * 1000)


def expiry_ms(valid_ms: int) -> int:
    """The request's `expires` field, which the exchange compares with its own clock."""
    return int(time.time() * 1000) + valid_ms
