"""What can go wrong: bad input from whoever starts the simulator, and refusals to a client."""

from enum import StrEnum

__all__ = ["BadInput", "Reason", "Refusal"]


class BadInput(Exception):
    """The command line or a file cannot be used; the text is one sentence for the user."""


class Reason(StrEnum):
    """Why the exchange refuses a request, in no protocol's words; each protocol has its codes."""

    BAD_PARAMETER = "BAD_PARAMETER"
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    LEG_MISMATCH = "LEG_MISMATCH"
    DUPLICATE_CLIENT_ID = "DUPLICATE_CLIENT_ID"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    ORDER_NOT_MODIFIED = "ORDER_NOT_MODIFIED"
    PRICE_OUT_OF_RANGE = "PRICE_OUT_OF_RANGE"
    QUANTITY_TOO_SMALL = "QUANTITY_TOO_SMALL"
    QUANTITY_TOO_LARGE = "QUANTITY_TOO_LARGE"
    NOTIONAL_TOO_SMALL = "NOTIONAL_TOO_SMALL"
    INSUFFICIENT_MARGIN = "INSUFFICIENT_MARGIN"
    RISK_LIMIT_EXCEEDED = "RISK_LIMIT_EXCEEDED"
    TOO_MANY_ACTIVE = "TOO_MANY_ACTIVE"
    TOO_MANY_CONDITIONAL = "TOO_MANY_CONDITIONAL"
    TOO_MANY_STOPS = "TOO_MANY_STOPS"
    STOPS_EXCEED_LEG = "STOPS_EXCEED_LEG"
    STOPS_OF_FILLED_ORDER = "STOPS_OF_FILLED_ORDER"
    STOPS_OF_FULL_MODE = "STOPS_OF_FULL_MODE"
    STOPS_NOT_ALLOWED = "STOPS_NOT_ALLOWED"
    QUANTITY_ALREADY_FILLED = "QUANTITY_ALREADY_FILLED"
    NOTHING_TO_REDUCE = "NOTHING_TO_REDUCE"
    REDUCE_RULE = "REDUCE_RULE"
    ZERO_POSITION = "ZERO_POSITION"
    STOP_SIDE = "STOP_SIDE"
    STOP_UNCHANGED = "STOP_UNCHANGED"
    TRIGGER_NOT_ABOVE = "TRIGGER_NOT_ABOVE"
    TRIGGER_NOT_BELOW = "TRIGGER_NOT_BELOW"
    MODE_UNCHANGED = "MODE_UNCHANGED"
    MODE_HAS_POSITION = "MODE_HAS_POSITION"
    MODE_HAS_ORDERS = "MODE_HAS_ORDERS"
    MARGIN_MODE_UNCHANGED = "MARGIN_MODE_UNCHANGED"
    MARGIN_MODE_BLOCKED = "MARGIN_MODE_BLOCKED"
    MARGIN_UNCHANGED = "MARGIN_UNCHANGED"
    LEVERAGE_UNCHANGED = "LEVERAGE_UNCHANGED"
    LEVERAGE_OUT_OF_RANGE = "LEVERAGE_OUT_OF_RANGE"
    LEVERAGE_ABOVE_TIER = "LEVERAGE_ABOVE_TIER"
    ONE_WAY_ONLY = "ONE_WAY_ONLY"
    NOT_LIVE = "NOT_LIVE"
    NOT_ISOLATED = "NOT_ISOLATED"


class Refusal(Exception):
    """A request that the exchange does not accept; nothing was changed by it."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text or reason.value)
        self.reason = reason
        self.text = text
