"""Private REST endpoints about positions and the account."""

from collections.abc import Mapping
from typing import Any

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import Leg, MarginMode, PositionMode, StopMode, TriggerBy
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.bybit.context import Call, Route, require_linear, require_symbol
from exchange_simulator.protocols.bybit.pages import DAY_MS, page, window
from exchange_simulator.protocols.bybit.rows import (
    closed_pnl_row,
    log_row,
    position_row,
    wallet_row,
)
from exchange_simulator.protocols.bybit.wire import ApiError
from exchange_simulator.settings import (
    add_margin,
    set_auto_margin,
    set_leverage,
    set_margin_mode,
    switch_mode,
)
from exchange_simulator.stops import StopRequest, set_stops

__all__ = ["ACCOUNT_ROUTES"]


def _position_list(call: Call) -> Mapping[str, Any]:
    params, account = call.params, call.account
    legs: list[Leg] = []
    if require_linear(params):
        symbol, settle = params.text("symbol"), params.text("settleCoin")
        base = params.text("baseCoin")
        if symbol:
            require_symbol(call)
            hedge = account.mode(symbol) is PositionMode.HEDGE
            legs = [
                call.exchange.leg(account, symbol, index) for index in ((1, 2) if hedge else (0,))
            ]
        elif settle or base:
            legs = [
                leg
                for leg in account.held()
                if settle in ("", "USDT")
                and base in ("", call.exchange.instrument(leg.symbol).base)
            ]
        else:
            raise ApiError(
                10001,
                "Missing some parameters that must be filled in, symbol or settleCoin or baseCoin",
            )
    listed, cursor = page(
        legs, params, default=20, most=200, name=lambda leg: f"{leg.symbol}:{leg.index}"
    )
    return {
        "category": params.text("category"),
        "list": [position_row(call.exchange, account, leg) for leg in listed],
        "nextPageCursor": cursor,
    }


def _switch_mode(call: Call) -> Mapping[str, Any]:
    params = call.params
    if not require_linear(params):
        raise ApiError(10001, "params error: Category is invalid")
    symbol, coin = params.text("symbol"), params.text("coin")
    number = params.integer("mode", -1, least=-1)
    if number not in (0, 3):
        raise ApiError(10001, "params error: mode invalid")
    if not symbol and coin != "USDT":
        raise ApiError(10001, "params error: symbol or coin is required")
    if symbol:
        require_symbol(call)
    switch_mode(call.exchange, call.account, symbol=symbol or None, mode=PositionMode(number))
    return {}


def _set_leverage(call: Call) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    long, short = call.params.decimal("buyLeverage"), call.params.decimal("sellLeverage")
    if long is None or short is None:
        raise ApiError(10001, "params error: buyLeverage and sellLeverage are required")
    set_leverage(call.exchange, call.account, symbol, long, short)
    return {}


def _set_margin_mode(call: Call) -> Mapping[str, Any]:
    mode = call.params.choice("setMarginMode", MarginMode)
    set_margin_mode(call.exchange, call.account, mode)
    return {"reasons": []}


def _leg(call: Call, symbol: str) -> Leg:
    """Return the leg that positionIdx names; it must fit the position mode."""
    index = call.params.integer("positionIdx", 0, most=2)
    hedge = call.account.mode(symbol) is PositionMode.HEDGE
    if index not in ((1, 2) if hedge else (0,)):
        raise Refusal(Reason.LEG_MISMATCH)
    return call.exchange.leg(call.account, symbol, index)


def _trading_stop(call: Call) -> Mapping[str, Any]:
    params = call.params
    symbol = require_symbol(call)
    leg = _leg(call, symbol)
    mode = params.text("tpslMode", "Full")
    if mode not in ("Full", "Partial"):
        raise ApiError(10001, "params error: tpslMode invalid")
    names = ("takeProfit", "stopLoss", "trailingStop")
    if all(params.decimal(name) is None for name in names):
        raise ApiError(10001, "params error: one of takeProfit, stopLoss, trailingStop is required")
    take_qty, stop_qty = params.decimal("tpSize"), params.decimal("slSize")
    if take_qty is not None and stop_qty is not None and take_qty != stop_qty:
        raise ApiError(10001, "tpSize and slSize must be equal")
    for name in ("tpOrderType", "slOrderType"):
        if params.text(name) == "Limit" and mode != "Partial":
            raise ApiError(10001, "tpslMode should be Partial when tp/sl order type is Limit")
    set_stops(
        call.exchange,
        call.account,
        leg,
        StopRequest(
            mode=StopMode(mode),
            take_profit=params.decimal("takeProfit"),
            stop_loss=params.decimal("stopLoss"),
            take_profit_by=params.choice("tpTriggerBy", TriggerBy, TriggerBy.LAST),
            stop_loss_by=params.choice("slTriggerBy", TriggerBy, TriggerBy.LAST),
            take_profit_limit=params.decimal("tpLimitPrice") or None,
            stop_loss_limit=params.decimal("slLimitPrice") or None,
            qty=take_qty or stop_qty or None,
            trailing=params.decimal("trailingStop"),
            active_price=params.decimal("activePrice") or None,
        ),
    )
    return {}


def _add_margin(call: Call) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    leg = _leg(call, symbol)
    amount = call.params.signed_decimal("margin")
    if amount is None:
        raise ApiError(10001, "params error: margin invalid")
    add_margin(call.exchange, call.account, leg, amount)
    row = position_row(call.exchange, call.account, leg)
    return {**row, "category": "linear"}


def _set_auto_margin(call: Call) -> Mapping[str, Any]:
    symbol = require_symbol(call)
    leg = _leg(call, symbol)
    on = call.params.integer("autoAddMargin", -1, least=-1)
    if on not in (0, 1):
        raise ApiError(10001, "params error: autoAddMargin invalid")
    set_auto_margin(call.exchange, call.account, leg, on=on == 1)
    return {}


def _closed_pnl(call: Call) -> Mapping[str, Any]:
    params = call.params
    rows = []
    if require_linear(params):
        start_ms, end_ms = window(params, call.exchange.now_ms)
        symbol = params.text("symbol")
        rows = [
            row
            for row in reversed(call.account.closed_pnl.values())
            if symbol in ("", row.symbol) and start_ms <= row.updated_ms <= end_ms
        ]
    listed, cursor = page(rows, params, default=50, most=100, name=lambda row: row.order_id)
    return {
        "category": params.text("category"),
        "list": [closed_pnl_row(row) for row in listed],
        "nextPageCursor": cursor,
    }


def _wallet(call: Call) -> Mapping[str, Any]:
    if call.params.text("accountType", "UNIFIED") != "UNIFIED":
        raise ApiError(10001, "accountType only support UNIFIED.")
    row = wallet_row(call.exchange, call.account)
    coin = call.params.fields.get("coin")
    if coin and "USDT" not in str(coin).split(","):
        row["coin"] = []
    return {"list": [row]}


def _account_info(call: Call) -> Mapping[str, Any]:
    account = call.account
    return {
        "marginMode": account.margin_mode.value,
        "updatedTime": str(account.mode_changed_ms),
        "unifiedMarginStatus": 5,
        "dcpStatus": "ON" if call.exchange.rules.disconnect_cancels else "OFF",
        "timeWindow": account.disconnect_window_s,
        "smpGroup": 0,
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
    }


def _disconnect_window(call: Call) -> Mapping[str, Any]:
    """Set how long the private sockets may stay away; other products have no orders here."""
    if call.params.text("product", "OPTIONS") not in ("OPTIONS", "DERIVATIVES", "SPOT"):
        raise ApiError(10001, "params error: product invalid")
    seconds = call.params.integer("timeWindow", 0)
    if not 3 <= seconds <= 300:
        raise ApiError(10001, "params error: timeWindow invalid")
    if call.params.text("product") == "DERIVATIVES":
        call.account.disconnect_window_s = seconds
    return {}


def _disconnect_info(call: Call) -> Mapping[str, Any]:
    row = {
        "product": "DERIVATIVES",
        "dcpStatus": "ON" if call.exchange.rules.disconnect_cancels else "OFF",
        "timeWindow": str(call.account.disconnect_window_s),
    }
    return {"dcpInfos": [row]}


def _fee_rate(call: Call) -> Mapping[str, Any]:
    rows = []
    if require_linear(call.params):
        symbol, base = call.params.text("symbol"), call.params.text("baseCoin")
        if symbol:
            require_symbol(call)
        rules = call.exchange.rules
        rows = [
            {
                "symbol": name,
                "takerFeeRate": plain(rules.taker_rate),
                "makerFeeRate": plain(rules.maker_rate),
            }
            for name, market in call.exchange.markets.items()
            if symbol in ("", name) and base in ("", market.instrument.base)
        ]
    return {"list": rows}


def _transaction_log(call: Call) -> Mapping[str, Any]:
    params = call.params
    start_ms, end_ms = window(params, call.exchange.now_ms, span_ms=DAY_MS)
    category, kind = params.text("category"), params.text("type")
    coin = params.text("currency")
    rows = [
        entry
        for entry in reversed(call.account.log)
        if category in ("", "linear")
        and kind in ("", entry.kind)
        and coin in ("", "USDT")
        and start_ms <= entry.time_ms <= end_ms
    ]
    listed, cursor = page(rows, params, default=20, most=50, name=lambda row: row.entry_id)
    return {"list": [log_row(entry) for entry in listed], "nextPageCursor": cursor}


def _query_api(call: Call) -> Mapping[str, Any]:
    """The key's own rights: it trades contracts and may not withdraw."""
    account, rules = call.account, call.exchange.rules
    return {
        "id": str(account.account_id),
        "note": "simulator",
        "apiKey": account.api_key,
        "readOnly": 0,
        "secret": "",
        "permissions": {
            "ContractTrade": ["Order", "Position"],
            "Spot": [],
            "Wallet": ["AccountTransfer", "Withdraw"] if rules.key_may_withdraw else [],
            "Options": [],
            "Derivatives": ["DerivativesTrade"],
            "CopyTrading": [],
            "BlockTrade": [],
            "Exchange": [],
            "NFT": [],
            "Affiliate": [],
            "Earn": [],
        },
        "ips": list(rules.key_addresses) or ["*"],
        "type": 1,
        "deadlineDay": 90,
        "expiredAt": "2030-01-01T00:00:00Z",
        "createdAt": "2020-01-01T00:00:00Z",
        "unified": 0,
        "uta": 1,
        "userID": account.account_id,
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": "",
        "isMaster": True,
        "parentUid": "0",
        "kycLevel": "LEVEL_DEFAULT",
        "kycRegion": "",
    }


def _coins(call: Call) -> Mapping[str, Any]:
    return {"rows": []}


ACCOUNT_ROUTES = {
    ("GET", "/v5/position/list"): Route(handler=_position_list, private=True),
    ("POST", "/v5/position/switch-mode"): Route(handler=_switch_mode, private=True, limit=10),
    ("POST", "/v5/position/set-leverage"): Route(handler=_set_leverage, private=True, limit=10),
    ("POST", "/v5/position/trading-stop"): Route(handler=_trading_stop, private=True, limit=10),
    ("POST", "/v5/position/add-margin"): Route(handler=_add_margin, private=True, limit=10),
    ("POST", "/v5/position/set-auto-add-margin"): Route(
        handler=_set_auto_margin, private=True, limit=10
    ),
    ("GET", "/v5/position/closed-pnl"): Route(handler=_closed_pnl, private=True),
    ("GET", "/v5/account/wallet-balance"): Route(handler=_wallet, private=True),
    ("GET", "/v5/account/info"): Route(handler=_account_info, private=True),
    ("GET", "/v5/account/fee-rate"): Route(handler=_fee_rate, private=True, limit=5),
    ("POST", "/v5/account/set-margin-mode"): Route(handler=_set_margin_mode, private=True, limit=5),
    ("GET", "/v5/account/transaction-log"): Route(handler=_transaction_log, private=True, limit=25),
    ("POST", "/v5/order/disconnected-cancel-all"): Route(
        handler=_disconnect_window, private=True, limit=5, message="success"
    ),
    ("GET", "/v5/account/query-dcp-info"): Route(handler=_disconnect_info, private=True, limit=5),
    ("GET", "/v5/user/query-api"): Route(handler=_query_api, private=True, limit=10),
    ("GET", "/v5/asset/coin/query-info"): Route(handler=_coins, private=True, limit=5),
}
