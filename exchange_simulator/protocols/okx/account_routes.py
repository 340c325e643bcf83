"""The account: configuration, position mode, leverage, balance, positions, bills, fees."""

from decimal import Decimal
from typing import Any

from exchange_simulator import margin
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import OWN_MARGIN, ClosedPnl, LogEntry, PositionMode
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.okx.context import Call, Route, chosen_symbols, page
from exchange_simulator.protocols.okx.market_routes import instrument_row
from exchange_simulator.protocols.okx.order_reading import MODES
from exchange_simulator.protocols.okx.rows import (
    account_row,
    amount,
    legs_of,
    margin_mode,
    position_row,
    position_side,
)
from exchange_simulator.protocols.okx.wire import (
    ApiError,
    contracts,
    instrument_name,
    symbol_of,
)
from exchange_simulator.settings import add_margin, set_leverage, switch_mode

__all__ = ["ACCOUNT_ROUTES"]

_POSITION_MODES = {"long_short_mode": PositionMode.HEDGE, "net_mode": PositionMode.ONE_WAY}
_WORDS = {mode: word for word, mode in _POSITION_MODES.items()}


def _config(call: Call) -> list[Any]:
    account, rules = call.account, call.exchange.rules
    return [
        {
            "acctLv": "2",
            "acctStpMode": "cancel_maker",
            "autoLoan": False,
            "ctIsoMode": "automatic",
            "enableSpotBorrow": False,
            "greeksType": "PA",
            "ip": ",".join(rules.key_addresses),
            "kycLv": "3",
            "label": "simulator",
            "level": "Lv1",
            "levelTmp": "",
            "liquidationGear": "-1",
            "mainUid": str(44_705_892_343_619_584 + account.account_id),
            "mgnIsoMode": "automatic",
            "opAuth": "0",
            "perm": ",".join(["read_only", "trade"] + ["withdraw"] * rules.key_may_withdraw),
            "posMode": _WORDS[account.default_mode],
            "roleType": "0",
            "spotOffsetType": "",
            "spotRoleType": "0",
            "type": "0",
            "uid": str(44_705_892_343_619_584 + account.account_id),
        }
    ]


def _set_position_mode(call: Call) -> list[Any]:
    """Account-wide; asking for the present mode succeeds."""
    word = call.fields.required("posMode")
    mode: PositionMode = call.fields.one_of("posMode", _POSITION_MODES)
    account = call.account
    if mode is not account.default_mode:
        if account.held() or account.open_orders:
            raise Refusal(Reason.MODE_HAS_POSITION)
        switch_mode(call.exchange, account, symbol=None, mode=mode)
    return [{"posMode": word}]


def _set_leverage(call: Call) -> list[Any]:
    """Cross: both legs; isolated in long/short mode: the leg that posSide names."""
    fields, account = call.fields, call.account
    symbol = symbol_of(call.exchange, fields.required("instId"))
    own = bool(fields.one_of("mgnMode", MODES))
    leverage = fields.decimal("lever")
    if leverage is None or leverage < Decimal("0.01"):
        raise ApiError("51000", "Parameter lever error ", 400)
    side = fields.text("posSide")
    hedge = account.mode(symbol) is PositionMode.HEDGE
    isolated_leg = own and hedge
    if side not in ("", "net", "long", "short") or (isolated_leg and side in ("", "net")):
        raise ApiError("51000", "Parameter posSide error ")
    if not hedge and side in ("long", "short"):
        raise ApiError("51000", "Parameter posSide error ")
    default = call.exchange.rules.default_leverage
    long, short = account.leverages.get((symbol, own), (default, default))
    if isolated_leg:
        long, short = (leverage, short) if side == "long" else (long, leverage)
    else:
        long = short = leverage
    try:
        set_leverage(call.exchange, account, symbol, long, short, own=own)
    except Refusal as refusal:
        if refusal.reason is not Reason.LEVERAGE_UNCHANGED:
            raise
    row = {name: fields.text(name) for name in ("instId", "mgnMode")}
    return [{**row, "lever": plain(leverage), "posSide": side or "net"}]


def _leverage_info(call: Call) -> list[Any]:
    names, mode = call.fields.required("instId"), call.fields.required("mgnMode")
    own: int = call.fields.one_of("mgnMode", MODES)
    rows = []
    for name in names.split(","):
        for leg in legs_of(call.exchange, call.account, symbol_of(call.exchange, name), own):
            row = {"instId": name, "mgnMode": mode, "posSide": position_side(leg.index)}
            rows.append({**row, "lever": plain(leg.leverage), "ccy": ""})
    return rows


def _balance(call: Call) -> list[Any]:
    return [account_row(call.exchange, call.account)]


def _positions(call: Call) -> list[Any]:
    symbols = chosen_symbols(call)
    return [
        position_row(call.exchange, call.account, leg)
        for leg in call.account.held()
        if leg.symbol in symbols
    ]


def _positions_history(call: Call) -> list[Any]:
    """One row per order that closed something: the core keeps no history of whole positions."""
    symbols = chosen_symbols(call)
    rows = [
        _closed_row(call, number, row)
        for number, row in enumerate(call.account.closed_pnl.values(), 1)
        if row.symbol in symbols
    ]
    return page(call, rows, "uTime")


def _closed_row(call: Call, number: int, row: ClosedPnl) -> dict[str, Any]:
    instrument = call.exchange.instrument(row.symbol)
    size = contracts(instrument, row.closed_qty)
    side = position_side(row.leg_index)
    shown = side if side != "net" else "long" if row.side.sign < 0 else "short"
    sign = -row.side.sign
    return {
        "cTime": str(row.created_ms),
        "ccy": instrument.quote,
        "closeAvgPx": amount(row.exit_value / row.closed_qty),
        "closeTotalPos": size,
        "direction": shown,
        "fee": amount(row.pnl - (row.exit_value - row.entry_value) * sign),
        "fundingFee": "0",
        "instId": instrument_name(instrument),
        "instType": "SWAP",
        "lever": plain(row.leverage),
        "liqPenalty": "0",
        "mgnMode": margin_mode(row.leg_index),
        "openAvgPx": amount(row.entry_value / row.closed_qty),
        "openMaxPos": size,
        "pnl": amount((row.exit_value - row.entry_value) * sign),
        "pnlRatio": "",
        "posId": str(number),
        "posSide": side,
        "realizedPnl": amount(row.pnl),
        "triggerPx": "",
        "type": "2",
        "uTime": str(row.updated_ms),
        "uly": f"{instrument.base}-{instrument.quote}",
    }


def _bills(call: Call) -> list[Any]:
    symbols = chosen_symbols(call)
    kind = call.fields.text("type")
    legs = {fill.execution_id: fill.leg_index for fill in call.account.executions}
    rows = [
        _bill(call, number, entry, legs[entry.trade_id])
        for number, entry in enumerate(call.account.log, 1)
        if entry.symbol in symbols
    ]
    return page(call, [row for row in rows if kind in ("", row["type"])], "billId")


def _bill(call: Call, number: int, entry: LogEntry, leg_index: int) -> dict[str, Any]:
    """A change of the balance: type 2 for trades, 8 for funding (173 paid, 174 received)."""
    instrument = call.exchange.instrument(entry.symbol)
    funding = entry.kind == "SETTLEMENT"
    sub_type = ("173" if entry.change < 0 else "174") if funding else "1"
    return {
        "bal": amount(entry.balance),
        "balChg": amount(entry.change),
        "billId": str(number),
        "ccy": instrument.quote,
        "clOrdId": entry.client_id,
        "execType": "",
        "fee": amount(-entry.fee),
        "fillTime": str(entry.time_ms),
        "from": "",
        "instId": instrument_name(instrument),
        "instType": "SWAP",
        "interest": "0",
        "mgnMode": margin_mode(leg_index),
        "notes": "",
        "ordId": str(call.ledger.number_of_id(entry.order_id) or ""),
        "pnl": amount(entry.change if funding else entry.cash_flow),
        "posBal": "0",
        "posBalChg": "0",
        "px": plain(entry.price),
        "subType": sub_type,
        "sz": contracts(instrument, entry.qty),
        "tag": "",
        "to": "",
        "tradeId": "" if funding else str(call.ledger.trade_number(entry.match_id)),
        "ts": str(entry.time_ms),
        "type": "8" if funding else "2",
    }


def _margin_balance(call: Call) -> list[Any]:
    fields = call.fields
    symbol = symbol_of(call.exchange, fields.required("instId"))
    side = fields.required("posSide")
    kind = fields.one_of("type", {"add": 1, "reduce": -1})
    change = fields.positive("amt")
    if change is None:
        raise ApiError("51000", "Parameter amt error ", 400)
    for leg in legs_of(call.exchange, call.account, symbol, OWN_MARGIN):
        if position_side(leg.index) == side:
            add_margin(call.exchange, call.account, leg, change * kind)
            return [
                {
                    "amt": amount(change),
                    "ccy": "USDT",
                    "instId": fields.text("instId"),
                    "leverage": plain(leg.leverage),
                    "posSide": side,
                    "type": fields.text("type"),
                }
            ]
    raise ApiError("51000", "Parameter posSide error ", 400)


def _trade_fee(call: Call) -> list[Any]:
    rules = call.exchange.rules
    maker, taker = plain(-rules.maker_rate), plain(-rules.taker_rate)
    return [
        {
            "category": "1",
            "delivery": "",
            "exercise": "",
            "feeGroup": [{"groupId": "1", "maker": maker, "taker": taker}],
            "fiat": [],
            "instType": call.fields.text("instType", "SWAP"),
            "isSpecial": False,
            "level": "Lv1",
            "maker": maker,
            "makerU": maker,
            "makerUSDC": maker,
            "ruleType": "normal",
            "settle": "",
            "taker": taker,
            "takerU": taker,
            "takerUSDC": taker,
            "ts": str(call.exchange.now_ms),
        }
    ]


def _max_size(call: Call) -> list[Any]:
    rows = []
    own: int = call.fields.one_of("tdMode", MODES)
    available = margin.summary(call.exchange, call.account).available
    for name in call.fields.required("instId").split(","):
        symbol = symbol_of(call.exchange, name)
        market = call.exchange.market(symbol)
        leg = legs_of(call.exchange, call.account, symbol, own)[0]
        step = market.instrument.qty_step
        most = available * leg.leverage / market.last // step * step
        size = contracts(market.instrument, most)
        rows.append({"ccy": "USDT", "instId": name, "maxBuy": size, "maxSell": size})
    return rows


def _max_available(call: Call) -> list[Any]:
    """For a closing order what is held less what other closing orders take."""
    available = plain(margin.summary(call.exchange, call.account).available)
    rows: list[Any] = []
    own: int = call.fields.one_of("tdMode", MODES)
    for name in call.fields.required("instId").split(","):
        buy = sell = available
        if call.fields.flag("reduceOnly"):
            sizes = {"buy": "0", "sell": "0"}
            symbol = symbol_of(call.exchange, name)
            for leg in legs_of(call.exchange, call.account, symbol, own):
                if leg.side is not None:
                    free = position_row(call.exchange, call.account, leg)["availPos"]
                    sizes["sell" if leg.side.sign > 0 else "buy"] = free
            buy, sell = sizes["buy"], sizes["sell"]
        rows.append({"instId": name, "availBuy": buy, "availSell": sell})
    return rows


def _position_risk(call: Call) -> list[Any]:
    """Balances and positions of one moment."""
    account = account_row(call.exchange, call.account)
    names = ("instType", "instId", "mgnMode", "posId", "posSide", "pos", "ccy", "posCcy")
    rows = [position_row(call.exchange, call.account, leg) for leg in call.account.held()]
    positions = [
        {**{key: row[key] for key in (*names, "notionalUsd")}, "notionalCcy": row["notionalUsd"]}
        for row in rows
    ]
    balances = [{key: row[key] for key in ("ccy", "eq", "disEq")} for row in account["details"]]
    stamp = str(call.exchange.now_ms)
    return [{"adjEq": "", "balData": balances, "posData": positions, "ts": stamp}]


def _isolated_mode(call: Call) -> list[Any]:
    """Margin of isolated legs is moved by the exchange: automatic is all there is."""
    call.fields.required("type")
    mode = call.fields.one_of("isoMode", {"automatic": "automatic"})
    return [{"isoMode": mode}]


def _max_withdrawal(call: Call) -> list[Any]:
    free = amount(margin.summary(call.exchange, call.account).available)
    names = ("maxWd", "maxWdEx", "spotOffsetMaxWd", "spotOffsetMaxWdEx")
    return [{"ccy": "USDT", **dict.fromkeys(names, free)}]


def _funding_balances(call: Call) -> list[Any]:
    """The funding account is empty: all money lies in the trading account."""
    return [{"ccy": "USDT", "bal": "0", "frozenBal": "0", "availBal": "0"}]


def _instruments(call: Call) -> list[Any]:
    call.fields.required("instType")
    return [instrument_row(call.exchange, symbol) for symbol in chosen_symbols(call)]


def _private(handler: Any, limit: int = 10) -> Route:
    return Route(handler=handler, private=True, limit=limit)


ACCOUNT_ROUTES = {
    ("GET", "/api/v5/account/config"): _private(_config),
    ("POST", "/api/v5/account/set-position-mode"): _private(_set_position_mode, 5),
    ("POST", "/api/v5/account/set-leverage"): _private(_set_leverage, 40),
    ("GET", "/api/v5/account/leverage-info"): _private(_leverage_info, 20),
    ("GET", "/api/v5/account/balance"): _private(_balance),
    ("GET", "/api/v5/account/positions"): _private(_positions),
    ("GET", "/api/v5/account/positions-history"): _private(_positions_history),
    ("GET", "/api/v5/account/bills"): _private(_bills),
    ("GET", "/api/v5/account/bills-archive"): _private(_bills),
    ("POST", "/api/v5/account/position/margin-balance"): _private(_margin_balance, 20),
    ("GET", "/api/v5/account/trade-fee"): _private(_trade_fee, 5),
    ("GET", "/api/v5/account/max-size"): _private(_max_size, 20),
    ("GET", "/api/v5/account/max-avail-size"): _private(_max_available, 20),
    ("GET", "/api/v5/account/account-position-risk"): _private(_position_risk),
    ("GET", "/api/v5/account/max-withdrawal"): _private(_max_withdrawal, 20),
    ("POST", "/api/v5/account/set-isolated-mode"): _private(_isolated_mode, 5),
    ("GET", "/api/v5/asset/balances"): _private(_funding_balances, 12),
    ("GET", "/api/v5/account/instruments"): _private(_instruments, 20),
}
