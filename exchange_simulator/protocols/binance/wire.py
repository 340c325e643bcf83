"""Binance's errors, and how a request's parameters are read."""

from collections.abc import Mapping
from typing import Any

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.protocols.answers import Fields
from exchange_simulator.state import Exchange

__all__ = ["ApiError", "api_error", "fields_of"]


class ApiError(Exception):
    """An error answer: an HTTP status of 400 or more, with a code and a text."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


_TABLE: dict[Reason, tuple[int, str]] = {
    Reason.BAD_PARAMETER: (-1130, "Invalid data sent for a parameter."),
    Reason.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    Reason.LEG_MISMATCH: (-4061, "Order's position side does not match user's setting."),
    Reason.DUPLICATE_CLIENT_ID: (-4116, "ClientOrderId is duplicated."),
    Reason.ORDER_NOT_FOUND: (-2013, "Order does not exist."),
    Reason.ORDER_FINISHED: (-2013, "Order does not exist."),
    Reason.ORDER_CANCELED: (-2013, "Order does not exist."),
    Reason.QUANTITY_ALREADY_FILLED: (-4003, "Quantity less than or equal to zero."),
    Reason.PRICE_OUT_OF_RANGE: (-4016, "Limit price is outside of the mark price multiplier."),
    Reason.NOTIONAL_TOO_SMALL: (
        -4164,
        "Order's notional must be no smaller than {least} (unless you choose reduce only).",
    ),
    Reason.NOT_LIVE: (-4140, "Invalid symbol status for opening position."),
    Reason.ONE_WAY_ONLY: (-4061, "Order's position side does not match user's setting."),
    Reason.STOPS_EXCEED_LEG: (-2022, "ReduceOnly Order is rejected."),
    Reason.STOPS_OF_FILLED_ORDER: (-1106, "Parameter 'stopPrice' sent when not required."),
    Reason.STOPS_OF_FULL_MODE: (-4137, "Quantity must be zero with closePosition equals true."),
    Reason.STOPS_NOT_ALLOWED: (-1106, "Parameter 'stopPrice' sent when not required."),
    Reason.ORDER_NOT_MODIFIED: (-5027, "No need to modify the order."),
    Reason.QUANTITY_TOO_SMALL: (-4003, "Quantity less than or equal to zero."),
    Reason.QUANTITY_TOO_LARGE: (-4005, "Quantity greater than max quantity."),
    Reason.INSUFFICIENT_MARGIN: (-2019, "Margin is insufficient."),
    Reason.RISK_LIMIT_EXCEEDED: (
        -2027,
        "Exceeded the maximum allowable position at current leverage.",
    ),
    Reason.LEVERAGE_ABOVE_TIER: (
        -2027,
        "Exceeded the maximum allowable position at current leverage.",
    ),
    Reason.TOO_MANY_ACTIVE: (-2025, "Reach max open order limit."),
    Reason.TOO_MANY_CONDITIONAL: (-4045, "Reach max stop order limit."),
    Reason.TOO_MANY_STOPS: (-4045, "Reach max stop order limit."),
    Reason.NOTHING_TO_REDUCE: (-2022, "ReduceOnly Order is rejected."),
    Reason.REDUCE_RULE: (-2022, "ReduceOnly Order is rejected."),
    Reason.ZERO_POSITION: (
        -4509,
        "Time in Force (TIF) GTE can only be used with open positions or open orders."
        " Please ensure that positions or open orders are available.",
    ),
    Reason.STOP_SIDE: (-2021, "Order would immediately trigger."),
    Reason.STOP_UNCHANGED: (
        -4130,
        "An open stop or take profit order with GTE and closePosition in the direction is"
        " existing.",
    ),
    Reason.TRIGGER_NOT_ABOVE: (-2021, "Order would immediately trigger."),
    Reason.TRIGGER_NOT_BELOW: (-2021, "Order would immediately trigger."),
    Reason.MODE_UNCHANGED: (-4059, "No need to change position side."),
    Reason.MODE_HAS_POSITION: (
        -4068,
        "Position side cannot be changed if there exists position.",
    ),
    Reason.MODE_HAS_ORDERS: (
        -4067,
        "Position side cannot be changed if there exists open orders.",
    ),
    Reason.MARGIN_MODE_UNCHANGED: (-4046, "No need to change margin type."),
    Reason.MARGIN_MODE_HAS_ORDERS: (
        -4047,
        "Margin type cannot be changed if there exists open orders.",
    ),
    Reason.MARGIN_MODE_BLOCKED: (
        -4048,
        "Margin type cannot be changed if there exists position.",
    ),
    Reason.MARGIN_UNCHANGED: (-4052, "No need to change auto add margin."),
    Reason.LEVERAGE_UNCHANGED: (-4028, "Leverage is not valid"),
    Reason.LEVERAGE_OUT_OF_RANGE: (-4028, "Leverage is not valid"),
    Reason.NOT_ISOLATED: (-4049, "Add margin only support for isolated position."),
}


def api_error(refusal: Refusal, exchange: Exchange) -> ApiError:
    """Return the error of a refusal; numbers in its text are the exchange's own limits."""
    code, text = _TABLE[refusal.reason]
    if refusal.reason is Reason.NOTIONAL_TOO_SMALL:
        least = next(iter(exchange.markets.values())).instrument.min_notional
        text = text.format(least=least)
    return ApiError(code, text)


def _missing(name: str) -> ApiError:
    return ApiError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


_SPECIAL = {
    "side": (-1117, "Invalid side."),
    "type": (-1116, "Invalid orderType."),
    "timeInForce": (-1115, "Invalid timeInForce."),
    "interval": (-1120, "Invalid interval."),
    "positionSide": (-4060, "Invalid position side."),
    "workingType": (-4031, "Invalid parameter working type"),
    "newOrderRespType": (-1136, "Invalid newOrderRespType."),
}


def _invalid(name: str) -> ApiError:
    code, text = _SPECIAL.get(name, (-1130, f"Data sent for parameter '{name}' is not valid."))
    return ApiError(code, text)


def fields_of(values: Mapping[str, Any]) -> Fields:
    """Wrap parameters so that a wrong one is answered as Binance does."""
    return Fields(values, missing=_missing, invalid=_invalid)
