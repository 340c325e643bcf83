"""The account: position mode, leverage, margin type, positions, balances, income, listen keys."""

from decimal import Decimal
from typing import Any

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import LogEntry, MarginMode, PositionMode
from exchange_simulator.protocols.answers import fixed, plain
from exchange_simulator.protocols.binance.balances import account_2, account_3, balance_list
from exchange_simulator.protocols.binance.context import (
    Call,
    Route,
    optional_symbol,
    require_symbol,
    window,
)
from exchange_simulator.protocols.binance.order_reading import LEGS
from exchange_simulator.protocols.binance.rows import (
    FEE_COIN,
    legs_of,
    position_risk_row,
    position_side,
)
from exchange_simulator.protocols.binance.wire import ApiError
from exchange_simulator.settings import (
    add_margin,
    set_leverage,
    set_symbol_margin_mode,
    switch_mode,
)
from exchange_simulator.state import MONEY_UNIT

__all__ = ["ACCOUNT_ROUTES"]

_SUCCESS = {"code": 200, "msg": "success"}
_MARGIN_TYPES = {
    "ISOLATED": MarginMode.ISOLATED,
    "CROSSED": MarginMode.CROSS,
    "CROSS": MarginMode.CROSS,
}
_DIRECTIONS = {"1": 1, "2": 2}
_INCOME_SPAN_MS = 90 * 86_400_000


def _money(amount: Decimal) -> str:
    return fixed(amount, MONEY_UNIT)


def _set_position_mode(call: Call) -> dict[str, Any]:
    """Account-wide: refused while any symbol has an order or a position."""
    call.fields.required("dualSidePosition")
    hedge = call.fields.flag("dualSidePosition")
    mode = PositionMode.HEDGE if hedge else PositionMode.ONE_WAY
    account = call.account
    if account.default_mode is mode:
        raise Refusal(Reason.MODE_UNCHANGED)
    if account.open_orders:
        raise Refusal(Reason.MODE_HAS_ORDERS)
    if account.held():
        raise Refusal(Reason.MODE_HAS_POSITION)
    switch_mode(call.exchange, account, symbol=None, mode=mode)
    return _SUCCESS


def _position_mode(call: Call) -> dict[str, Any]:
    return {"dualSidePosition": call.account.default_mode is PositionMode.HEDGE}


def _set_leverage(call: Call) -> dict[str, Any]:
    symbol, account = require_symbol(call), call.account
    call.fields.required("leverage")
    leverage = Decimal(call.fields.integer("leverage", 0, least=1, most=125))
    try:
        set_leverage(call.exchange, call.account, symbol, leverage, leverage)
    except Refusal as refusal:
        if refusal.reason is Reason.LEVERAGE_OUT_OF_RANGE:
            raise ApiError(-4028, f"Leverage {leverage} is not valid") from None
        if refusal.reason is not Reason.LEVERAGE_UNCHANGED:
            raise
    legs = legs_of(call.exchange, account, symbol)
    for leg in legs:
        call.exchange.touch_leg(account, leg)
    row = position_risk_row(call.exchange, account, legs[0], version=2)
    return {
        "leverage": int(leverage),
        "maxNotionalValue": row["maxNotionalValue"],
        "symbol": symbol,
    }


def _set_margin_type(call: Call) -> dict[str, Any]:
    symbol = require_symbol(call)
    mode: MarginMode = call.fields.one_of("marginType", _MARGIN_TYPES)
    set_symbol_margin_mode(call.exchange, call.account, symbol, mode)
    for leg in legs_of(call.exchange, call.account, symbol):
        call.exchange.touch_leg(call.account, leg)
    return _SUCCESS


def _position_margin(call: Call) -> dict[str, Any]:
    symbol = require_symbol(call)
    index: int = call.fields.one_of("positionSide", LEGS, "BOTH")
    amount = call.fields.decimal("amount")
    kind = _DIRECTIONS.get(call.fields.required("type"))
    if kind is None:
        raise ApiError(-1130, "Data sent for parameter 'type' is not valid.")
    if amount is None or amount <= 0:
        raise ApiError(-4055, "Amount must be positive.")
    leg = call.account.legs.get((symbol, index))
    if not call.account.isolated(symbol):
        raise Refusal(Reason.NOT_ISOLATED)
    if leg is None or not leg.qty:
        raise ApiError(-4054, "Cannot add position margin: position is 0.")
    add_margin(call.exchange, call.account, leg, amount if kind == 1 else -amount)
    change = {
        "symbol": symbol,
        "type": kind,
        "deltaType": "USER_ADJUST",
        "amount": plain(amount),
        "asset": "USDT",
        "time": call.exchange.now_ms,
        "positionSide": position_side(index),
        "clientTranId": "",
    }
    call.ledger.margin_changes.setdefault(call.account.account_id, []).append(change)
    return {
        # codelint: ok T08 because Binance answers this field as a JSON number
        "amount": float(amount),
        "code": 200,
        "msg": "Successfully modify position margin.",
        "type": kind,
    }


def _margin_history(call: Call) -> list[dict[str, Any]]:
    symbol = require_symbol(call)
    kind = call.fields.integer("type", 0)
    limit = min(call.fields.integer("limit", 500, least=1), 1000)
    start_ms, end_ms = window(call, span_ms=_INCOME_SPAN_MS)
    rows = [
        row
        for row in call.ledger.margin_changes.get(call.account.account_id, [])
        if row["symbol"] == symbol
        and kind in (0, row["type"])
        and start_ms <= row["time"] <= end_ms
    ]
    return rows[-limit:]


def _position_risk(call: Call, version: int) -> list[dict[str, Any]]:
    """Version 2 lists flat legs too, version 3 only what has a position or an order."""
    symbol = optional_symbol(call)
    exchange, account = call.exchange, call.account
    ordered = {(order.symbol, order.leg_index) for order in account.open_orders.values()}
    return [
        position_risk_row(exchange, account, leg, version=version)
        for name in ([symbol] if symbol else exchange.markets)
        for leg in legs_of(exchange, account, name)
        if version == 2 or leg.qty or (leg.symbol, leg.index) in ordered
    ]


def _position_risk_2(call: Call) -> list[dict[str, Any]]:
    return _position_risk(call, 2)


def _position_risk_3(call: Call) -> list[dict[str, Any]]:
    return _position_risk(call, 3)


def _income(call: Call) -> list[dict[str, Any]]:
    symbol, kind = optional_symbol(call), call.fields.text("incomeType")
    limit = min(call.fields.integer("limit", 100, least=1), 1000)
    start_ms, end_ms = window(call, span_ms=_INCOME_SPAN_MS)
    rows = [
        row
        for entry in call.account.log
        if start_ms <= entry.time_ms <= end_ms and symbol in ("", entry.symbol)
        for row in _income_rows(call, entry)
        if kind in ("", row["incomeType"])
    ]
    return rows[:limit] if call.fields.text("startTime") else rows[-limit:]


def _income_rows(call: Call, entry: LogEntry) -> list[dict[str, Any]]:
    """A fill is two incomes, profit and commission, in the coin of each; a settlement is one."""
    trade = str(call.ledger.trade_number(entry.match_id))
    if entry.kind == "SETTLEMENT":
        parts = [("FUNDING_FEE", entry.change, "USDT")]
    else:
        parts = [
            ("REALIZED_PNL", entry.cash_flow, "USDT"),
            ("COMMISSION", -entry.fee, "USDT"),
            ("COMMISSION", -entry.coin_fee, FEE_COIN),
        ]
    return [
        {
            "symbol": entry.symbol,
            "incomeType": kind,
            "income": _money(amount),
            "asset": asset,
            "info": kind if kind == "FUNDING_FEE" else trade,
            "time": entry.time_ms,
            "tranId": int(entry.entry_id.rpartition("_")[2]),
            "tradeId": "" if kind == "FUNDING_FEE" else trade,
        }
        for kind, amount, asset in parts
        if amount
    ]


ACCOUNT_ROUTES = {
    ("POST", "/fapi/v1/positionSide/dual"): Route(handler=_set_position_mode, access="signed"),
    ("GET", "/fapi/v1/positionSide/dual"): Route(
        handler=_position_mode, access="signed", weight=30
    ),
    ("POST", "/fapi/v1/leverage"): Route(handler=_set_leverage, access="signed"),
    ("POST", "/fapi/v1/marginType"): Route(handler=_set_margin_type, access="signed"),
    ("POST", "/fapi/v1/positionMargin"): Route(handler=_position_margin, access="signed"),
    ("GET", "/fapi/v1/positionMargin/history"): Route(handler=_margin_history, access="signed"),
    ("GET", "/fapi/v2/positionRisk"): Route(handler=_position_risk_2, access="signed", weight=5),
    ("GET", "/fapi/v3/positionRisk"): Route(handler=_position_risk_3, access="signed", weight=5),
    ("GET", "/fapi/v2/balance"): Route(handler=balance_list, access="signed", weight=5),
    ("GET", "/fapi/v3/balance"): Route(handler=balance_list, access="signed", weight=5),
    ("GET", "/fapi/v2/account"): Route(handler=account_2, access="signed", weight=5),
    ("GET", "/fapi/v3/account"): Route(handler=account_3, access="signed", weight=5),
    ("GET", "/fapi/v1/income"): Route(handler=_income, access="signed", weight=30),
}
