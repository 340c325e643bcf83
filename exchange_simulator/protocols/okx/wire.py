"""OKX's errors, symbols and sizes: instrument names with dashes, quantities in contracts."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.instruments import Instrument
from exchange_simulator.protocols.answers import Fields, plain
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange

__all__ = [
    *("ApiError", "api_error", "contract_value", "contracts", "fields_of", "instrument_code"),
    *("instrument_name", "okx_rules", "symbol_in", "symbol_of"),
]

_LOTS_PER_CONTRACT = 10
_FIRST_CODE = 10_000
_OFFICIAL: dict[str, Any] = {
    "taker_rate": Decimal("0.0005"),
    "conditional_orders_max": 100,
    "modes_by_symbol": False,
}


class ApiError(Exception):
    """An error: a code in the envelope, or an order's sCode where the order is at fault."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def okx_rules(rules: Rules) -> Rules:
    """Put OKX's own numbers where the user left the defaults."""
    untouched = Rules()
    return replace(
        rules,
        **{
            name: value
            for name, value in _OFFICIAL.items()
            if getattr(rules, name) == getattr(untouched, name)
        },
    )


def instrument_name(instrument: Instrument) -> str:
    """Return a name such as BTC-USDT-SWAP."""
    return f"{instrument.base}-{instrument.quote}-SWAP"


def symbol_of(exchange: Exchange, name: str) -> str:
    """Return the core's symbol of an instrument's name.

    Raises:
        ApiError: 51001, there is no such instrument.
    """
    symbol = name.removesuffix("-SWAP").replace("-", "")
    market = exchange.markets.get(symbol)
    if market is None or instrument_name(market.instrument) != name:
        raise ApiError("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
    return symbol


def instrument_code(exchange: Exchange, symbol: str) -> int:
    """Return the number that may stand for an instrument's name."""
    return _FIRST_CODE + sorted(exchange.markets).index(symbol)


def symbol_in(exchange: Exchange, fields: Fields) -> str:
    """Return the symbol that instId, or instIdCode, names.

    Raises:
        ApiError: 50014 without either, 51001 where there is no such instrument.
    """
    code = fields.text("instIdCode")
    if fields.text("instId") or not code:
        return symbol_of(exchange, fields.required("instId"))
    for symbol in exchange.markets:
        if str(instrument_code(exchange, symbol)) == code:
            return symbol
    raise ApiError("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")


def contract_value(instrument: Instrument) -> Decimal:
    """Return the base coin in one contract; ten lots make a contract."""
    return instrument.qty_step * _LOTS_PER_CONTRACT


def contracts(instrument: Instrument, quantity: Decimal) -> str:
    """Write a quantity of base coin in contracts."""
    return plain(quantity / contract_value(instrument))


_MODE_BLOCKED = (
    "Setting failed. Cancel any open orders, close positions, and stop trading bots first."
)
_TABLE: dict[Reason, tuple[str, str]] = {
    Reason.BAD_PARAMETER: ("51000", "Parameter error"),
    Reason.UNKNOWN_SYMBOL: ("51001", "Instrument ID doesn't exist."),
    Reason.LEG_MISMATCH: ("51000", "Parameter posSide error "),
    Reason.DUPLICATE_CLIENT_ID: ("51016", "Client order ID already exists."),
    Reason.ORDER_NOT_FOUND: ("51603", "Order does not exist."),
    Reason.ORDER_FINISHED: (
        "51510",
        "Modification failed as the order has been completed.",
    ),
    Reason.ORDER_CANCELED: ("51509", "Modification failed as the order has been canceled."),
    Reason.ORDER_NOT_MODIFIED: ("51500", "You must enter a price, quantity, or TP/SL."),
    Reason.QUANTITY_ALREADY_FILLED: ("51000", "Parameter newSz error "),
    Reason.NOT_LIVE: ("51022", "Contract suspended."),
    Reason.ONE_WAY_ONLY: ("51000", "Parameter posSide error "),
    Reason.STOPS_EXCEED_LEG: (
        "51112",
        "Close order size exceeds available size for this position.",
    ),
    Reason.STOPS_OF_FILLED_ORDER: ("51510", "Modification failed as the order has been completed."),
    Reason.STOPS_OF_FULL_MODE: ("51330", "closeFraction is only available for stop market orders."),
    Reason.STOPS_NOT_ALLOWED: ("51000", "Parameter attachAlgoOrds error "),
    Reason.STOP_UNCHANGED: ("51500", "You must enter a price, quantity, or TP/SL."),
    Reason.PRICE_OUT_OF_RANGE: ("51006", "Order price is not within the price limit."),
    Reason.QUANTITY_TOO_SMALL: (
        "51020",
        "Your order should meet or exceed the minimum order amount.",
    ),
    Reason.NOTIONAL_TOO_SMALL: (
        "51020",
        "Your order should meet or exceed the minimum order amount.",
    ),
    Reason.QUANTITY_TOO_LARGE: ("51202", "Market order amount exceeds the maximum amount."),
    Reason.INSUFFICIENT_MARGIN: ("51008", "Order failed. Insufficient USDT margin in account."),
    Reason.RISK_LIMIT_EXCEEDED: ("51004", "Order amount exceeds current tier limit."),
    Reason.LEVERAGE_ABOVE_TIER: ("51004", "Order amount exceeds current tier limit."),
    Reason.TOO_MANY_ACTIVE: ("51005", "Your order amount exceeds the max order amount."),
    Reason.TOO_MANY_CONDITIONAL: ("51288", "The number of algo orders exceeds the limit."),
    Reason.TOO_MANY_STOPS: ("51288", "The number of algo orders exceeds the limit."),
    Reason.NOTHING_TO_REDUCE: ("51023", "Position doesn't exist."),
    Reason.REDUCE_RULE: ("51112", "Close order size exceeds available size for this position."),
    Reason.ZERO_POSITION: ("51023", "Position doesn't exist."),
    Reason.STOP_SIDE: ("51051", "Your SL or TP trigger price is on the wrong side."),
    Reason.TRIGGER_NOT_ABOVE: ("51279", "Trigger price can not be lower than the last price."),
    Reason.TRIGGER_NOT_BELOW: ("51280", "Trigger price can not be higher than the last price."),
    Reason.MODE_UNCHANGED: ("59000", _MODE_BLOCKED),
    Reason.MODE_HAS_POSITION: ("59000", _MODE_BLOCKED),
    Reason.MODE_HAS_ORDERS: ("59000", _MODE_BLOCKED),
    Reason.MARGIN_MODE_UNCHANGED: ("51000", "Parameter tdMode error "),
    Reason.MARGIN_MODE_BLOCKED: ("51000", "Parameter tdMode error "),
    Reason.MARGIN_MODE_HAS_ORDERS: ("51000", "Parameter tdMode error "),
    Reason.MARGIN_UNCHANGED: ("51000", "Parameter autoAdd error "),
    Reason.LEVERAGE_UNCHANGED: ("51000", "Parameter lever error "),
    Reason.LEVERAGE_OUT_OF_RANGE: (
        "59102",
        "Leverage exceeds the maximum limit. Please lower the leverage.",
    ),
    Reason.NOT_ISOLATED: ("51000", "Parameter posSide error "),
}


def api_error(refusal: Refusal) -> ApiError:
    """Return the error of a refusal."""
    code, text = _TABLE[refusal.reason]
    return ApiError(code, text)


def _missing(name: str) -> ApiError:
    return ApiError("50014", f"Parameter {name} can not be empty.", 400)


def _invalid(name: str) -> ApiError:
    return ApiError("51000", f"Parameter {name} error ", 400)


def fields_of(values: Mapping[str, Any]) -> Fields:
    """Wrap parameters so that a wrong one is answered as OKX does."""
    return Fields(values, missing=_missing, invalid=_invalid)
