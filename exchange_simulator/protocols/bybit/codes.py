"""Bybit's error codes and texts for each reason of refusal."""

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.protocols.bybit.wire import ApiError

__all__ = ["api_error"]

_TABLE: dict[Reason, tuple[int, str]] = {
    Reason.BAD_PARAMETER: (10001, "params error"),
    Reason.UNKNOWN_SYMBOL: (10001, "params error: symbol invalid"),
    Reason.LEG_MISMATCH: (10001, "position idx not match position mode"),
    Reason.DUPLICATE_CLIENT_ID: (110072, "OrderLinkedID is duplicate"),
    Reason.ORDER_NOT_FOUND: (110001, "order not exists or too late to cancel"),
    Reason.ORDER_FINISHED: (110008, "The order has been completed or cancelled."),
    Reason.ORDER_CANCELED: (110010, "The order has been cancelled."),
    Reason.ORDER_NOT_MODIFIED: (
        10001,
        "The order remains unchanged as the parameters entered match the existing ones.",
    ),
    Reason.PRICE_OUT_OF_RANGE: (
        110003,
        "The order price exceeds the allowable range.",
    ),
    Reason.QUANTITY_TOO_SMALL: (
        10001,
        "The number of contracts exceeds minimum limit allowed",
    ),
    Reason.QUANTITY_TOO_LARGE: (
        10001,
        "The number of contracts exceeds maximum limit allowed",
    ),
    Reason.NOTIONAL_TOO_SMALL: (
        110094,
        "Order does not meet minimum order value 5USDT",
    ),
    Reason.INSUFFICIENT_MARGIN: (110007, "ab not enough for new order"),
    Reason.RISK_LIMIT_EXCEEDED: (
        110090,
        "Order placement failed as your position may exceed the max limit. Please adjust your"
        " leverage to increase the max. position limit",
    ),
    Reason.TOO_MANY_ACTIVE: (110020, "You have exceeded the number of active orders: 500"),
    Reason.TOO_MANY_CONDITIONAL: (
        110009,
        "The number of stop orders exceeds the maximum allowable limit.",
    ),
    Reason.TOO_MANY_STOPS: (
        110061,
        "This position has exceeded the maximum limit of Partial TP/SL orders of 20",
    ),
    Reason.STOPS_EXCEED_LEG: (
        110058,
        "Insufficient number of remaining position size to set take profit and stop loss",
    ),
    Reason.STOPS_OF_FILLED_ORDER: (
        110059,
        "In the case of partial filled of the open order, it is not allowed to modify the take"
        " profit and stop loss settings of the open order",
    ),
    Reason.STOPS_OF_FULL_MODE: (
        110060,
        "Under full TP/SL mode, it is not allowed to modify TP/SL",
    ),
    Reason.STOPS_NOT_ALLOWED: (
        110057,
        "Conditional order or limit order contains TP/SL related params",
    ),
    Reason.QUANTITY_ALREADY_FILLED: (
        110064,
        "The number of contracts modified cannot be less than or equal to the filled quantity",
    ),
    Reason.NOTHING_TO_REDUCE: (
        110017,
        "current position is zero, cannot fix reduce-only order qty",
    ),
    Reason.REDUCE_RULE: (110017, "Reduce-only rule not satisfied"),
    Reason.ZERO_POSITION: (10001, "can not set tp/sl/ts for zero position"),
    Reason.STOP_SIDE: (10001, "params error"),
    Reason.STOP_UNCHANGED: (34040, "not modified"),
    Reason.TRIGGER_NOT_ABOVE: (110092, "expect Rising"),
    Reason.TRIGGER_NOT_BELOW: (110093, "expect Falling"),
    Reason.MODE_UNCHANGED: (110025, "Position mode is not modified"),
    Reason.MODE_HAS_POSITION: (
        110024,
        "You have an existing position, so the position mode cannot be switched.",
    ),
    Reason.MODE_HAS_ORDERS: (110028, "symbol has order, can not switch mode"),
    Reason.MARGIN_MODE_UNCHANGED: (110026, "Cross/isolated margin mode is not modified."),
    Reason.MARGIN_MODE_BLOCKED: (3400045, "Set margin mode failed"),
    Reason.MARGIN_MODE_HAS_ORDERS: (3400045, "Set margin mode failed"),
    Reason.MARGIN_UNCHANGED: (110027, "Margin is not modified."),
    Reason.LEVERAGE_UNCHANGED: (110043, "leverage not modified"),
    Reason.LEVERAGE_OUT_OF_RANGE: (10001, "leverage invalid"),
    Reason.LEVERAGE_ABOVE_TIER: (
        110013,
        "Cannot set leverage due to risk limit level.",
    ),
    Reason.ONE_WAY_ONLY: (110029, "Hedge mode is not supported for this symbol"),
    Reason.NOT_LIVE: (110074, "This contract is not live"),
    Reason.NOT_ISOLATED: (
        10001,
        "Adding or reducing margin is not allowed in cross margin mode",
    ),
}
_OWN_TEXT = (
    Reason.BAD_PARAMETER,
    Reason.STOP_SIDE,
    Reason.TRIGGER_NOT_ABOVE,
    Reason.TRIGGER_NOT_BELOW,
)


def api_error(refusal: Refusal) -> ApiError:
    """Translate a refusal; some reasons carry a text of their own."""
    code, message = _TABLE[refusal.reason]
    if refusal.reason in _OWN_TEXT and refusal.text:
        message = refusal.text
    if refusal.reason is Reason.MARGIN_MODE_BLOCKED:
        reasons = [{"reasonCode": "3400081", "reasonMsg": "You have open positions or orders"}]
        return ApiError(code, message, {"reasons": reasons})
    return ApiError(code, message)
