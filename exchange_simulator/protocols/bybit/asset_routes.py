"""What clients ask beside trading: balances by coin, price limits, and requests of older accounts.

Requests that a unified account no longer has are refused as the real exchange refuses them.
"""

from collections.abc import Mapping
from typing import Any

from exchange_simulator import margin
from exchange_simulator.model import ZERO, StopMode
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.bybit.context import (
    Call,
    Route,
    require_linear,
    require_symbol,
)
from exchange_simulator.protocols.bybit.wire import ApiError

__all__ = ["ASSET_ROUTES"]


def _price_limit(call: Call) -> Mapping[str, Any]:
    """The highest price of a buy and the lowest of a sale."""
    symbol = require_symbol(call)
    market, band = call.exchange.market(symbol), call.exchange.rules.limit_band_ratio
    tick = market.instrument.tick_size
    return {
        "symbol": symbol,
        "buyLmt": format((market.mark * (1 + band)).quantize(tick), "f"),
        "sellLmt": format((market.mark * (1 - band)).quantize(tick), "f"),
        "ts": str(call.exchange.now_ms),
    }


def _balance(call: Call) -> dict[str, Any]:
    total = margin.summary(call.exchange, call.account)
    free = min(total.available, max(ZERO, total.wallet))
    texts = {"walletBalance": plain(total.wallet), "transferBalance": plain(free), "bonus": ""}
    return {"coin": "USDT", **texts}


def _coin_balances(call: Call) -> Mapping[str, Any]:
    """The unified account's one coin; other accounts are empty."""
    kind = call.params.required("accountType")
    coins = call.params.text("coin")
    held = kind == "UNIFIED" and (not coins or "USDT" in coins.split(","))
    return {
        "memberId": str(call.account.account_id),
        "accountType": kind,
        "balance": [_balance(call)] if held else [],
    }


def _coin_balance(call: Call) -> Mapping[str, Any]:
    kind, coin = call.params.required("accountType"), call.params.required("coin")
    row = _balance(call)
    if kind != "UNIFIED" or coin != "USDT":
        row = {"coin": coin, "walletBalance": "0", "transferBalance": "0", "bonus": ""}
    return {
        "accountType": kind,
        "bizType": 1,
        "accountId": str(call.account.account_id),
        "memberId": str(call.account.account_id),
        "balance": row,
    }


def _transferable(call: Call) -> Mapping[str, Any]:
    names = [name for name in call.params.required("coinName").split(",") if name]
    free = _balance(call)["transferBalance"]
    shown = {name: free if name == "USDT" else "0" for name in names}
    return {"availableWithdrawal": free, "availableWithdrawalMap": shown}


def _no_list(call: Call) -> Mapping[str, Any]:
    """Collateral coins and option greeks: none."""
    return {"list": []}


def _no_group(call: Call) -> Mapping[str, Any]:
    return {"smpGroup": 0}


def _stop_mode(call: Call) -> Mapping[str, Any]:
    """Kept for older clients; every stop tells its mode by itself."""
    require_symbol(call)
    return {"tpSlMode": call.params.choice("tpSlMode", StopMode).value}


def _risk_limit(call: Call) -> Mapping[str, Any]:
    """Kept for older clients: the tier follows the position by itself."""
    require_linear(call.params)
    symbol = require_symbol(call)
    number = call.params.integer("riskId", 0, least=1)
    for tier in call.exchange.instrument(symbol).tiers:
        if tier.number == number:
            value = plain(tier.limit_value)
            return {"riskId": number, "riskLimitValue": value, "category": "linear"}
    raise ApiError(10001, "riskId invalid")


def _switch_isolated(call: Call) -> Mapping[str, Any]:
    """A unified account has one margin mode for all symbols."""
    raise ApiError(100028, "unified account is forbidden")


ASSET_ROUTES = {
    ("GET", "/v5/market/price-limit"): Route(handler=_price_limit),
    ("GET", "/v5/asset/transfer/query-account-coins-balance"): Route(
        handler=_coin_balances, private=True, limit=5
    ),
    ("GET", "/v5/asset/transfer/query-account-coin-balance"): Route(
        handler=_coin_balance, private=True, limit=5
    ),
    ("GET", "/v5/account/withdrawal"): Route(handler=_transferable, private=True),
    ("GET", "/v5/account/collateral-info"): Route(handler=_no_list, private=True),
    ("GET", "/v5/asset/coin-greeks"): Route(handler=_no_list, private=True),
    ("GET", "/v5/account/smp-group"): Route(handler=_no_group, private=True),
    ("POST", "/v5/position/set-tpsl-mode"): Route(handler=_stop_mode, private=True, limit=10),
    ("POST", "/v5/position/set-risk-limit"): Route(handler=_risk_limit, private=True, limit=10),
    ("POST", "/v5/position/switch-isolated"): Route(
        handler=_switch_isolated, private=True, limit=10
    ),
}
