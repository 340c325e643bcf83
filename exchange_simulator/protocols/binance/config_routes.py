"""What an account is set to and may do: the API key's rights, fees, brackets, configuration."""

from typing import Any

from exchange_simulator.model import ZERO, CreateCause, PositionMode
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.binance.context import (
    Call,
    Route,
    optional_symbol,
    require_symbol,
    window,
)
from exchange_simulator.protocols.binance.limits import ORDERS_PER_10S, ORDERS_PER_MINUTE
from exchange_simulator.protocols.binance.rows import (
    legs_of,
    order_row,
    position_risk_row,
    position_side,
)
from exchange_simulator.protocols.binance.wire import ApiError

__all__ = ["CONFIG_ROUTES"]

_FORCED = {
    CreateCause.LIQUIDATION: "LIQUIDATION",
    CreateCause.TAKE_OVER: "LIQUIDATION",
    CreateCause.DELEVERAGING: "ADL",
}


def _key_rights(call: Call) -> dict[str, Any]:
    """What the API key may do; whether it may withdraw is a switch."""
    rules = call.exchange.rules
    names = (
        *("enableInternalTransfer", "enableMargin", "enableVanillaOptions"),
        *("permitsUniversalTransfer", "enableFixApiTrade", "enableFixReadOnly"),
        *("enableSpotAndMarginTrading", "enablePortfolioMarginTrading"),
    )
    return {
        "ipRestrict": bool(rules.key_addresses),
        "createTime": 1_698_645_219_000,
        "enableReading": True,
        "enableFutures": True,
        "enableWithdrawals": rules.key_may_withdraw,
        **dict.fromkeys(names, False),
    }


def _order_limits(call: Call) -> list[dict[str, Any]]:
    names = ("rateLimitType", "interval", "intervalNum", "limit")
    rows = (("ORDERS", "SECOND", 10, ORDERS_PER_10S), ("ORDERS", "MINUTE", 1, ORDERS_PER_MINUTE))
    return [dict(zip(names, row, strict=True)) for row in rows]


def _trading_status(call: Call) -> dict[str, Any]:
    """No indicator of quantitative rules was ever struck here."""
    return {"indicators": {}, "updateTime": call.exchange.now_ms}


def _set_fee_burn(call: Call) -> dict[str, Any]:
    call.fields.required("feeBurn")
    call.account.burns_fee_coins = call.fields.flag("feeBurn")
    return {"code": 200, "msg": "success"}


def _fee_burn(call: Call) -> dict[str, Any]:
    return {"feeBurn": call.account.burns_fee_coins}


def _multi_assets(call: Call) -> dict[str, Any]:
    return {"multiAssetsMargin": False}


def _set_multi_assets(call: Call) -> dict[str, Any]:
    """Single-asset mode is all there is; asking for it changes nothing."""
    call.fields.required("multiAssetsMargin")
    if call.fields.flag("multiAssetsMargin"):
        raise ApiError(-4168, "Unable to adjust to Multi-Assets mode with isolated symbols.")
    raise ApiError(-4171, "No need to change multi-assets mode.")


def _brackets(call: Call) -> list[dict[str, Any]]:
    symbol = optional_symbol(call)
    rows = []
    for name in [symbol] if symbol else call.exchange.markets:
        floor = ZERO
        brackets = []
        for tier in call.exchange.instrument(name).tiers:
            brackets.append(
                {
                    "bracket": tier.number,
                    "initialLeverage": int(tier.max_leverage),
                    "notionalCap": int(tier.limit_value),
                    "notionalFloor": int(floor),
                    "maintMarginRatio": float(tier.maintenance_rate),
                    "cum": float(tier.deduction),
                }
            )
            floor = tier.limit_value
        rows.append({"symbol": name, "notionalCoef": 1.0, "brackets": brackets})
    return rows


def _commission(call: Call) -> dict[str, Any]:
    rules = call.exchange.rules
    return {
        "symbol": require_symbol(call),
        "makerCommissionRate": plain(rules.maker_rate),
        "takerCommissionRate": plain(rules.taker_rate),
        "rpiCommissionRate": "0",
    }


def _account_config(call: Call) -> dict[str, Any]:
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": call.account.default_mode is PositionMode.HEDGE,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def _symbol_config(call: Call) -> list[dict[str, Any]]:
    symbol = optional_symbol(call)
    rows = []
    for name in [symbol] if symbol else call.exchange.markets:
        leg = legs_of(call.exchange, call.account, name)[0]
        risk = position_risk_row(call.exchange, call.account, leg, version=2)
        rows.append(
            {
                "symbol": name,
                "marginType": "ISOLATED" if call.account.isolated(name) else "CROSSED",
                "isAutoAddMargin": risk["isAutoAddMargin"],
                "leverage": int(leg.leverage),
                "maxNotionalValue": risk["maxNotionalValue"],
            }
        )
    return rows


def _forced_orders(call: Call) -> list[dict[str, Any]]:
    """Orders by which the exchange closed the account's legs."""
    symbol, kind = optional_symbol(call), call.fields.text("autoCloseType")
    limit = min(call.fields.integer("limit", 50, least=1), 100)
    start_ms, end_ms = window(call)
    orders = [
        order
        for order in call.account.closed_orders.values()
        if symbol in ("", order.symbol)
        and order.create_cause in _FORCED
        and kind in ("", _FORCED[order.create_cause])
        and start_ms <= order.created_ms <= end_ms
    ]
    return [order_row(call.exchange, call.ledger, order) for order in orders[-limit:]]


def _none_of_spot(call: Call) -> list[Any]:
    """Coins and margin pairs of spot, composite indices: none; clients ask when they begin."""
    return []


def _adl(call: Call) -> list[dict[str, Any]]:
    symbol = optional_symbol(call)
    rows = []
    for name in [symbol] if symbol else call.exchange.markets:
        legs = legs_of(call.exchange, call.account, name)
        ranks = {position_side(leg.index): 1 if leg.qty else 0 for leg in legs}
        rows.append({"symbol": name, "adlQuantile": ranks})
    return rows


CONFIG_ROUTES = {
    ("GET", "/sapi/v1/account/apiRestrictions"): Route(handler=_key_rights, access="signed"),
    ("GET", "/fapi/v1/rateLimit/order"): Route(handler=_order_limits, access="signed"),
    ("GET", "/fapi/v1/apiTradingStatus"): Route(handler=_trading_status, access="signed"),
    ("POST", "/fapi/v1/feeBurn"): Route(handler=_set_fee_burn, access="signed"),
    ("GET", "/fapi/v1/feeBurn"): Route(handler=_fee_burn, access="signed", weight=30),
    ("GET", "/fapi/v1/forceOrders"): Route(handler=_forced_orders, access="signed", weight=20),
    ("POST", "/fapi/v1/multiAssetsMargin"): Route(handler=_set_multi_assets, access="signed"),
    ("GET", "/fapi/v1/multiAssetsMargin"): Route(handler=_multi_assets, access="signed", weight=30),
    ("GET", "/fapi/v1/leverageBracket"): Route(handler=_brackets, access="signed"),
    ("GET", "/fapi/v1/commissionRate"): Route(handler=_commission, access="signed", weight=20),
    ("GET", "/fapi/v1/accountConfig"): Route(handler=_account_config, access="signed", weight=5),
    ("GET", "/fapi/v1/symbolConfig"): Route(handler=_symbol_config, access="signed", weight=5),
    ("GET", "/sapi/v1/capital/config/getall"): Route(handler=_none_of_spot, access="signed"),
    ("GET", "/fapi/v1/indexInfo"): Route(handler=_none_of_spot),
    ("GET", "/fapi/v1/assetIndex"): Route(handler=_none_of_spot),
    ("GET", "/sapi/v1/margin/allPairs"): Route(handler=_none_of_spot, access="signed"),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): Route(handler=_none_of_spot, access="signed"),
    ("GET", "/fapi/v1/adlQuantile"): Route(handler=_adl, access="signed", weight=5),
}
