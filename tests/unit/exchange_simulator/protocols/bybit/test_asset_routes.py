"""What clients ask of Bybit beside trading, and what older ones still ask."""

from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.rules import Rules
from tests.unit.exchange_simulator.builders import make_bybit

FLAT = ["60000"] * 5
PAIR = {"category": "linear", "symbol": "BTCUSDT"}
D = Decimal


def test_the_price_limits_are_those_that_orders_meet() -> None:
    """At the limit an order is accepted, a tick beyond it is 110003."""
    _, client = make_bybit(FLAT)
    limits = client.get("market/price-limit", **PAIR)["result"]
    base = {**PAIR, "orderType": "Limit", "side": "Buy", "positionIdx": 1, "qty": "0.01"}
    beyond = str(D(limits["buyLmt"]) + D("0.1"))
    assert client.post("order/create", **base, price=beyond)["retCode"] == 110003
    assert client.post("order/create", **base, price=limits["buyLmt"])["retCode"] == 0
    assert D(limits["sellLmt"]) < D(60000) < D(limits["buyLmt"])


def test_a_coins_balance_is_the_wallets() -> None:
    """What a position holds cannot be transferred."""
    _, client = make_bybit(FLAT)
    client.post("order/create", **PAIR, side="Buy", orderType="Market", qty="1", positionIdx=1)
    path = "asset/transfer/query-account-coin-balance"
    one = client.get(path, accountType="UNIFIED", coin="USDT")["result"]["balance"]
    coin = client.get("account/wallet-balance", accountType="UNIFIED")["result"]["list"][0]["coin"]
    assert one["walletBalance"] == coin[0]["walletBalance"]
    assert D(one["transferBalance"]) < D(one["walletBalance"]) - 5000
    free = client.get("account/withdrawal", coinName="USDT,BTC")["result"]
    assert free["availableWithdrawalMap"] == {"USDT": one["transferBalance"], "BTC": "0"}


@pytest.mark.parametrize(
    ("fields", "coins"),
    [
        ({"accountType": "UNIFIED"}, ["USDT"]),
        ({"accountType": "UNIFIED", "coin": "BTC,USDT"}, ["USDT"]),
        ({"accountType": "UNIFIED", "coin": "BTC"}, []),
        ({"accountType": "FUND"}, []),
    ],
)
def test_only_the_unified_account_holds_coins(fields: dict[str, str], coins: list[str]) -> None:
    """And only one."""
    _, client = make_bybit(FLAT)
    answer = client.get("asset/transfer/query-account-coins-balance", **fields)["result"]
    assert [row["coin"] for row in answer["balance"]] == coins


@pytest.mark.parametrize(
    ("path", "fields", "code", "result"),
    [
        ("position/set-tpsl-mode", {"tpSlMode": "Full"}, 0, {"tpSlMode": "Full"}),
        ("position/set-risk-limit", {"riskId": 1}, 0, {"riskLimitValue": "2000000"}),
        ("position/set-risk-limit", {"riskId": 77}, 10001, {}),
        ("position/switch-isolated", {"tradeMode": 1}, 100028, {}),
    ],
)
def test_requests_of_older_accounts_are_answered(
    path: str, fields: dict[str, Any], code: int, result: dict[str, str]
) -> None:
    """Some without an effect, one refused: a unified account has one margin mode."""
    _, client = make_bybit(FLAT)
    answer = client.post(path, **PAIR, **fields)
    assert answer["retCode"] == code
    assert {name: answer["result"][name] for name in result} == result


def test_what_does_not_exist_here_is_an_empty_list() -> None:
    """Collateral and greeks; nobody is in a group."""
    _, client = make_bybit(FLAT)
    assert client.get("account/collateral-info")["result"] == {"list": []}
    assert client.get("asset/coin-greeks")["result"] == {"list": []}
    assert client.get("account/smp-group")["result"] == {"smpGroup": 0}


def test_a_premium_candle_stands_at_the_coming_rate() -> None:
    """Five columns, newest first."""
    _, client = make_bybit(FLAT, rates={1_767_600_000_000: 0.0002})
    answer = client.get("market/premium-index-price-kline", **PAIR, interval="1", limit=2)
    for row in answer["result"]["list"]:
        assert len(row) == 5
        assert set(row[1:]) == {"0.0002"}


@pytest.mark.parametrize("told", [False, True])
def test_ended_orders_are_told_apart_where_the_switch_says_so(told: bool) -> None:
    """110001 for all by default; 110010 canceled and 110008 filled with the switch."""
    _, client = make_bybit(FLAT, rules=Rules(ended_orders_told=told))
    base = {**PAIR, "side": "Buy", "positionIdx": 1, "qty": "0.1"}
    limit = client.post("order/create", **base, orderType="Limit", price="59000")["result"]
    market = client.post("order/create", **base, orderType="Market")["result"]
    client.post("order/cancel", **PAIR, orderId=limit["orderId"])
    codes = []
    for ids in (limit, market):
        named = {**PAIR, "orderId": ids["orderId"]}
        codes.append(client.post("order/cancel", **named)["retCode"])
        codes.append(client.post("order/amend", **named, price="58000")["retCode"])
    assert codes == ([110010, 110010, 110008, 110008] if told else [110001] * 4)
