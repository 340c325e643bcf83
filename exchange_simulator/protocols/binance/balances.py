"""Balances and the account as a whole, in the shapes of their second and third version."""

from decimal import Decimal
from typing import Any

from exchange_simulator import margin
from exchange_simulator.model import ZERO, Account, Leg
from exchange_simulator.protocols.answers import fixed
from exchange_simulator.protocols.binance.context import Call
from exchange_simulator.protocols.binance.rows import (
    FEE_COIN,
    isolated_wallet,
    legs_of,
    open_order_margin,
    position_risk_row,
    position_side,
    signed_qty,
)
from exchange_simulator.state import MONEY_UNIT, Exchange

__all__ = ["account_2", "account_3", "balance_list"]


def _money(amount: Decimal) -> str:
    return fixed(amount, MONEY_UNIT)


def balance_list(call: Call) -> list[dict[str, Any]]:
    """The one coin that margins are kept in, and the one that fees may be paid in."""
    total = margin.summary(call.exchange, call.account)
    rows = [
        {
            "accountAlias": "SgsR",
            "asset": "USDT",
            "balance": _money(total.wallet),
            "crossWalletBalance": _money(margin.cross_wallet(call.account)),
            "crossUnPnl": _money(total.unrealised),
            "availableBalance": _money(total.available),
            "maxWithdrawAmount": _money(min(total.available, max(ZERO, total.wallet))),
            "marginAvailable": True,
            "updateTime": call.exchange.now_ms,
        }
    ]
    if call.account.fee_coins:
        held = _money(call.account.fee_coins)
        margins = dict.fromkeys(("crossUnPnl", "availableBalance"), _money(ZERO))
        same = dict.fromkeys(("balance", "crossWalletBalance", "maxWithdrawAmount"), held)
        rows.append(rows[0] | margins | same | {"asset": FEE_COIN, "marginAvailable": False})
    return rows


def _account(call: Call, version: int) -> dict[str, Any]:
    exchange, account = call.exchange, call.account
    total = margin.summary(exchange, account)
    sums = {
        "initialMargin": _money(total.position_initial + total.order_initial),
        "maintMargin": _money(total.position_maintenance),
        "positionInitialMargin": _money(total.position_initial),
        "openOrderInitialMargin": _money(total.order_initial),
    }
    shared = {
        "crossWalletBalance": _money(margin.cross_wallet(account)),
        "crossUnPnl": _money(total.unrealised),
        "availableBalance": _money(total.available),
        "maxWithdrawAmount": _money(min(total.available, max(ZERO, total.wallet))),
    }
    asset = {
        "asset": "USDT",
        "walletBalance": _money(total.wallet),
        "unrealizedProfit": _money(total.unrealised),
        "marginBalance": _money(total.equity),
        **{name: sums[name] for name in ("maintMargin", "initialMargin")},
        **{name: sums[name] for name in ("positionInitialMargin", "openOrderInitialMargin")},
        **shared,
        "updateTime": exchange.now_ms,
    }
    assets = [asset]
    if account.fee_coins:
        held = _money(account.fee_coins)
        nothing = dict.fromkeys(asset, _money(ZERO))
        same = ("walletBalance", "marginBalance", "crossWalletBalance", "maxWithdrawAmount")
        coin = nothing | dict.fromkeys(same, held)
        assets.append(coin | {"asset": FEE_COIN, "updateTime": exchange.now_ms})
    legs = [leg for name in exchange.markets for leg in legs_of(exchange, account, name)]
    row: dict[str, Any] = {
        "totalInitialMargin": sums["initialMargin"],
        "totalMaintMargin": sums["maintMargin"],
        "totalWalletBalance": _money(total.wallet),
        "totalUnrealizedProfit": _money(total.unrealised),
        "totalMarginBalance": _money(total.equity),
        "totalPositionInitialMargin": sums["positionInitialMargin"],
        "totalOpenOrderInitialMargin": sums["openOrderInitialMargin"],
        "totalCrossWalletBalance": shared["crossWalletBalance"],
        "totalCrossUnPnl": shared["crossUnPnl"],
        "availableBalance": shared["availableBalance"],
        "maxWithdrawAmount": shared["maxWithdrawAmount"],
        "assets": [
            each if version == 3 else each | {"marginAvailable": each is asset} for each in assets
        ],
        "positions": [
            _account_position(exchange, account, leg, version)
            for leg in legs
            if version == 2 or leg.qty
        ],
    }
    if version == 3:
        return row
    return {
        "feeTier": 0,
        "feeBurn": account.burns_fee_coins,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
        **row,
    }


def _account_position(
    exchange: Exchange, account: Account, leg: Leg, version: int
) -> dict[str, Any]:
    market = exchange.market(leg.symbol)
    part = margin.leg_margin(leg, market.mark, market.instrument, exchange.rules)
    held, own = open_order_margin(account, leg), isolated_wallet(account, leg)
    quantity = signed_qty(leg)
    row: dict[str, Any] = {
        "symbol": leg.symbol,
        "positionSide": position_side(leg.index),
        "positionAmt": fixed(quantity, market.instrument.qty_step),
        "unrealizedProfit": _money(part.unrealised),
        "isolatedMargin": _money(own + part.unrealised if own else ZERO),
        "notional": _money(quantity * market.mark),
        "isolatedWallet": _money(own),
        "initialMargin": _money(part.initial + held),
        "maintMargin": _money(part.maintenance),
        "updateTime": leg.updated_ms,
    }
    if version == 3:
        return row
    risk = position_risk_row(exchange, account, leg, version=2)
    return row | {
        "positionInitialMargin": _money(part.initial),
        "openOrderInitialMargin": _money(held),
        "leverage": risk["leverage"],
        "isolated": account.isolated(leg.symbol),
        "entryPrice": risk["entryPrice"],
        "breakEvenPrice": risk["breakEvenPrice"],
        "maxNotional": risk["maxNotionalValue"],
        "bidNotional": "0",
        "askNotional": "0",
    }


def account_2(call: Call) -> dict[str, Any]:
    """The account with every leg, flat ones included."""
    return _account(call, 2)


def account_3(call: Call) -> dict[str, Any]:
    """The account with the legs that are held."""
    return _account(call, 3)
