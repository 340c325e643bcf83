"""Money in Binance's words: fees, profit, funding, isolated margin, liquidation."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.exchange_simulator.builders import START_MS, frames, go
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker, events, make_binance

FLAT = ["60000"] * 6
FUNDING_MS = START_MS + 28_800_000
D = Decimal


def wallet(client: Speaker) -> Decimal:
    """The wallet's cash."""
    return D(client.call("GET", "v3/balance")[0]["balance"])


def test_a_fill_costs_the_takers_rate() -> None:
    """Commission is value times rate; it is told in the trade, the event and the income."""
    _, client = make_binance(FLAT)
    rate = D(client.call("GET", "v1/commissionRate", symbol="BTCUSDT")["takerCommissionRate"])
    stream = client.user_stream()
    client.order("BUY", "LONG", "0.5")
    (trade,) = client.call("GET", "v1/userTrades", symbol="BTCUSDT")
    assert D(trade["commission"]) == D(trade["quoteQty"]) * rate
    fill = [row["o"] for name, row in events(stream) if name == "ORDER_TRADE_UPDATE"][-1]
    assert D(fill["n"]) == D(trade["commission"])
    (income,) = client.call("GET", "v1/income", incomeType="COMMISSION")
    assert D(income["income"]) == -D(trade["commission"])
    assert wallet(client) == 100_000 - D(trade["commission"])


def test_fees_are_paid_in_bnb_while_it_lasts() -> None:
    """With the discount of a tenth, and out of its own balance, once the client asked for that."""
    binance, client = make_binance(FLAT)
    account = binance.exchange.accounts[client.key]
    account.fee_coins = D("0.03")
    stream = client.user_stream()
    client.order("BUY", "LONG", "0.5")
    assert client.call("GET", "v1/feeBurn") == {"feeBurn": False}
    assert client.call("POST", "v1/feeBurn", feeBurn="true")["code"] == 200
    cash = wallet(client)
    for _ in range(2):
        client.order("BUY", "LONG", "0.5")
    usdt, bnb, again = client.call("GET", "v1/userTrades", symbol="BTCUSDT")
    told = [(row["commissionAsset"], D(row["commission"])) for row in (usdt, bnb, again)]
    fee = told[0][1]
    assert fee == 100_000 - cash
    assert told[1] == ("BNB", fee * D("0.9") / binance.exchange.rules.fee_coin_price)
    assert told[2] == ("USDT", fee)
    assert wallet(client) == cash - fee
    held = {row["asset"]: D(row["balance"]) for row in client.call("GET", "v3/balance")}
    assert held["BNB"] == account.fee_coins == D("0.03") - told[1][1]
    assets = {row["asset"]: row for row in client.call("GET", "v3/account")["assets"]}
    assert D(assets["BNB"]["walletBalance"]) == held["BNB"]
    fills = [row for name, row in events(stream) if name == "ORDER_TRADE_UPDATE"]
    assert [row["o"]["N"] for row in fills if "N" in row["o"]] == ["USDT", "BNB", "USDT"]
    incomes = client.call("GET", "v1/income", incomeType="COMMISSION")
    assert [(row["asset"], -D(row["income"])) for row in incomes] == told


@pytest.mark.parametrize(
    ("leg", "opening", "closing"), [("LONG", "BUY", "SELL"), ("SHORT", "SELL", "BUY")]
)
def test_profit_is_realised_when_a_leg_closes(leg: str, opening: str, closing: str) -> None:
    """In the trade, in rp, and in the income; the wallet moves by profit less commission."""
    binance, client = make_binance(["60000", "60000", "60600", "60600"])
    client.order(opening, leg, "0.5")
    stream = client.user_stream()
    go(binance.exchange, 2.5)
    before = wallet(client)
    client.order(closing, leg, "0.5")
    trade = client.call("GET", "v1/userTrades", symbol="BTCUSDT")[-1]
    profit = D(trade["realizedPnl"])
    assert (profit > 250) is (leg == "LONG")
    assert (profit < -250) is (leg == "SHORT")
    fill = [row["o"] for name, row in events(stream) if name == "ORDER_TRADE_UPDATE"][-1]
    assert D(fill["rp"]) == profit
    (income,) = client.call("GET", "v1/income", incomeType="REALIZED_PNL")
    assert D(income["income"]) == profit
    assert wallet(client) == before + profit - D(trade["commission"])


def test_incomes_sum_to_the_wallet() -> None:
    """Every change of cash is one of them."""
    binance, client = make_binance(["60000", "60000", "60600", "59000", "59000"])
    client.order("BUY", "LONG", "0.5")
    client.order("SELL", "SHORT", "0.2")
    go(binance.exchange, 2.5)
    client.order("SELL", "LONG", "0.3")
    client.order("BUY", "SHORT", "0.1")
    rows = client.call("GET", "v1/income", limit=1000)
    assert sum(D(row["income"]) for row in rows) == wallet(client) - 100_000
    assert {row["incomeType"] for row in rows} == {"COMMISSION", "REALIZED_PNL"}


def funded(**more: Any) -> tuple[Speaker, list[dict[str, Any]]]:
    """Both legs over a settlement at 0.1 %; the events that it made."""
    prices = ["60000"] * 500
    binance, client = make_binance(prices, rates={FUNDING_MS: 0.001}, **more)
    client.order("BUY", "LONG", "0.5")
    client.order("SELL", "SHORT", "0.2")
    stream = client.user_stream()
    go(binance.exchange, 481)
    told = [row for name, row in events(stream) if name == "ACCOUNT_UPDATE"]
    return client, [row["a"] for row in told if row["a"]["m"] == "FUNDING_FEE"]


def test_longs_pay_shorts_when_the_rate_is_positive() -> None:
    """Each leg by its value; both are told as balance changes and as incomes."""
    client, told = funded()
    rows = client.call("GET", "v1/income", incomeType="FUNDING_FEE")
    assert [D(row["income"]) for row in rows] == [-30, 12]
    assert [D(event["B"][0]["bc"]) for event in told] == [-30, 12]
    assert [event["P"] for event in told] == [[], []]
    (rate,) = [
        row
        for row in client.call("GET", "v1/fundingRate", symbol="BTCUSDT")
        if row["fundingTime"] == FUNDING_MS
    ]
    assert D(rate["fundingRate"]) == D("0.001")


def test_isolated_margin_is_the_legs_own() -> None:
    """Its wallet is cost over leverage, plus what is added; the other money stays free."""
    _, client = make_binance(FLAT)
    client.call("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=10)
    client.order("BUY", "LONG", "0.5")
    (leg,) = client.call("GET", "v3/positionRisk")
    cost = D(leg["entryPrice"]) * D("0.5")
    assert D(leg["isolatedWallet"]) == cost / 10
    add = {"symbol": "BTCUSDT", "positionSide": "LONG", "amount": "100", "type": 1}
    assert client.call("POST", "v1/positionMargin", **add)["code"] == 200
    (more,) = client.call("GET", "v3/positionRisk")
    assert D(more["isolatedWallet"]) == cost / 10 + 100
    assert D(more["liquidationPrice"]) < D(leg["liquidationPrice"])
    take = {**add, "type": 2, "amount": "500"}
    assert client.call("POST", "v1/positionMargin", **take)["code"] == -2019
    balance = client.call("GET", "v3/balance")[0]
    assert D(balance["crossWalletBalance"]) == D(balance["balance"]) - cost / 10 - 100


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": "0"}, -4055),
        ({"amount": "10", "positionSide": "SHORT"}, -4054),
        ({"amount": "10", "type": 3}, -1130),
    ],
)
def test_margin_is_only_moved_where_there_is_a_leg(fields: dict[str, Any], code: int) -> None:
    """Each with its own code."""
    _, client = make_binance(FLAT)
    client.call("POST", "v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")
    client.order("BUY", "LONG", "0.1")
    base = {"symbol": "BTCUSDT", "positionSide": "LONG", "type": 1}
    assert client.call("POST", "v1/positionMargin", **{**base, **fields})["code"] == code


def test_margin_of_a_shared_leg_cannot_be_moved() -> None:
    """-4049 in cross margin."""
    _, client = make_binance(FLAT)
    client.order("BUY", "LONG", "0.1")
    fields = {"symbol": "BTCUSDT", "positionSide": "LONG", "type": 1, "amount": "10"}
    assert client.call("POST", "v1/positionMargin", **fields)["code"] == -4049


def test_a_liquidation_is_told_to_all() -> None:
    """The order is autoclose-…, its fill CALCULATED, and forceOrder prints it; the cash is gone."""
    binance, client = make_binance(["60000", "60000", "54000", "54000"])
    client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=20)
    account = binance.exchange.accounts["KEY"]
    account.wallet = account.deposited = D(3500)
    stream = client.user_stream()
    public = binance.connect("/ws/btcusdt@forceOrder")
    assert public is not None
    client.order("BUY", "LONG", "1")
    go(binance.exchange, 3)
    orders = [row["o"] for name, row in events(stream) if name == "ORDER_TRADE_UPDATE"]
    forced = [row for row in orders if row["c"].startswith("autoclose-")]
    assert [row["x"] for row in forced] == ["NEW", "CALCULATED"]
    assert forced[-1]["o"] == "LIQUIDATION"
    (printed,) = frames(public)
    assert (printed["e"], printed["o"]["S"]) == ("forceOrder", "SELL")
    assert client.call("GET", "v3/positionRisk") == []
    assert 0 <= wallet(client) < 50


def test_the_account_is_the_sum_of_its_legs() -> None:
    """Unrealised profit, margins, and what is left."""
    binance, client = make_binance(["60000", "60000", "60600", "60600"])
    client.order("BUY", "LONG", "0.5")
    client.order("SELL", "SHORT", "0.2")
    client.order("BUY", "LONG", "0.1", price="58000")
    go(binance.exchange, 2.5)
    account = client.call("GET", "v2/account")
    legs = account["positions"]
    profit = sum(D(leg["unrealizedProfit"]) for leg in legs)
    assert D(account["totalUnrealizedProfit"]) == profit
    held = sum(D(leg["positionInitialMargin"]) for leg in legs)
    assert D(account["totalPositionInitialMargin"]) == held
    waiting = sum(D(leg["openOrderInitialMargin"]) for leg in legs)
    assert D(account["totalOpenOrderInitialMargin"]) == waiting > 0
    free = D(account["totalWalletBalance"]) + profit - held - waiting
    assert D(account["availableBalance"]) == free
