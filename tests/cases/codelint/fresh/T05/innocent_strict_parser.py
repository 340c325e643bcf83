"""Unknown words are refused or kept as unknown; defaults only where absence means something."""

import enum


class State(enum.Enum):
    LIVE = "live"
    FILLED = "filled"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value):
        return cls.UNKNOWN


def order_state(row: dict) -> State:
    return State(row["state"])


def order_type(row: dict) -> str:
    kinds = {"limit": "LIMIT", "market": "MARKET"}
    if row["ordType"] not in kinds:
        raise ValueError(f"order type {row['ordType']!r} is not known")
    return kinds[row["ordType"]]


def log_level(config: dict) -> str:
    return config.get("log_level", "INFO")
