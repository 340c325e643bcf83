"""What the exchange says and we do not know becomes something we know."""

import enum


class State(enum.StrEnum):
    LIVE = "live"
    FILLED = "filled"
    CANCELED = "canceled"


OKX_STATES = {"live": State.LIVE, "filled": State.FILLED, "canceled": State.CANCELED}


def order_state(row: dict) -> State:
    return OKX_STATES.get(row["state"]) or State.LIVE  # expect: T05


def order_status(text: str) -> State:
    try:
        return State(text)
    except ValueError:  # expect: T05@status
        return State.CANCELED  # expect: T05@status


def order_type(row: dict) -> str:
    kinds = {"limit": "LIMIT", "market": "MARKET"}
    kind = row.get("ordType", "")
    return kinds[kind] if kind in kinds else "MARKET"  # expect: T05
