"""Money in OKX's words: fees, profit, funding, isolated margin, liquidation."""

from decimal import Decimal
from itertools import pairwise

import pytest

from tests.unit.exchange_simulator.builders import START_MS, frames, go
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, codes, make_okx

FLAT = ["60000"] * 6
FUNDING_MS = START_MS + 28_800_000
D = Decimal


def cash(client: Speaker) -> Decimal:
    """The balance in cash."""
    return D(client.get("account/balance")["data"][0]["details"][0]["cashBal"])


def test_a_fee_that_is_paid_is_negative() -> None:
    """In the fill, the order, the bill and the channel."""
    _, client = make_okx(FLAT)
    rate = D(client.get("account/trade-fee", instType="SWAP")["data"][0]["takerU"])
    socket = client.socket("private", {"channel": "orders", "instType": "SWAP"})
    client.order("buy", "long", "50")
    (fill,) = client.get("trade/fills")["data"]
    fee = D(fill["fillPx"]) * D("0.5") * rate
    assert rate < 0
    assert D(fill["fee"]) == fee
    assert D(client.get("trade/orders-history", instType="SWAP")["data"][0]["fee"]) == fee
    (bill,) = client.get("account/bills")["data"]
    assert (D(bill["fee"]), D(bill["balChg"]), bill["type"]) == (fee, fee, "2")
    assert D(frames(socket)[-1]["data"][0]["fillFee"]) == fee
    assert cash(client) == 100_000 + fee


@pytest.mark.parametrize(
    ("leg", "opening", "closing"), [("long", "buy", "sell"), ("short", "sell", "buy")]
)
def test_profit_is_realised_when_a_leg_closes(leg: str, opening: str, closing: str) -> None:
    """In the order, the fill, the bill and the history of positions."""
    okx, client = make_okx(["60000", "60000", "60600", "60600"])
    client.order(opening, leg, "50")
    okx.exchange.watched["BTCUSDT"] = 1
    go(okx.exchange, 2.5)
    before = cash(client)
    client.order(closing, leg, "50")
    fill = client.get("trade/fills")["data"][0]
    profit = D(fill["fillPnl"])
    assert (profit > 250) is (leg == "long")
    assert (profit < -250) is (leg == "short")
    order = client.get("trade/orders-history", instType="SWAP")["data"][0]
    assert D(order["pnl"]) == profit
    bill = client.get("account/bills")["data"][0]
    assert D(bill["pnl"]) == profit
    assert cash(client) == before + profit + D(fill["fee"])
    (closed,) = client.get("account/positions-history")["data"]
    assert (closed["direction"], D(closed["pnl"]), closed["closeTotalPos"]) == (leg, profit, "50")


def test_bills_sum_to_the_balance() -> None:
    """Every change of cash is one of them, and each tells the balance after it."""
    okx, client = make_okx(["60000", "60000", "60600", "59000", "59000"])
    client.order("buy", "long", "50")
    client.order("sell", "short", "20")
    okx.exchange.watched["BTCUSDT"] = 1
    go(okx.exchange, 2.5)
    client.order("sell", "long", "30")
    client.order("buy", "short", "10")
    bills = client.get("account/bills")["data"]
    assert sum(D(row["balChg"]) for row in bills) == cash(client) - 100_000
    assert D(bills[0]["bal"]) == cash(client)
    for after, before in pairwise(bills):
        assert D(after["bal"]) == D(before["bal"]) + D(after["balChg"])


def test_longs_pay_shorts_when_the_rate_is_positive() -> None:
    """A bill of type 8 for each leg: 173 paid, 174 received."""
    okx, client = make_okx(["60000"] * 500, rates={FUNDING_MS: 0.001})
    client.order("buy", "long", "50")
    client.order("sell", "short", "20")
    go(okx.exchange, 481)
    bills = client.get("account/bills", type="8")["data"]
    assert {row["subType"]: D(row["balChg"]) for row in bills} == {"173": -30, "174": 12}
    history = client.get("public/funding-rate-history", instId=PAIR)["data"]
    assert [row["realizedRate"] for row in history if row["fundingTime"] == str(FUNDING_MS)] == [
        "0.001"
    ]


def test_isolated_margin_is_the_legs_own() -> None:
    """Added and taken by side; more than is free is refused."""
    _, client = make_okx(FLAT)
    fields = {"instId": PAIR, "lever": "10", "mgnMode": "isolated", "posSide": "long"}
    client.post("account/set-leverage", **fields)
    client.order("buy", "long", "50", tdMode="isolated")
    (leg,) = client.get("account/positions")["data"]
    assert leg["mgnMode"] == "isolated"
    assert D(leg["margin"]) == D(leg["avgPx"]) * D("0.5") / 10
    move = {"instId": PAIR, "posSide": "long", "amt": "100"}
    assert client.post("account/position/margin-balance", **move, type="add")["code"] == "0"
    (more,) = client.get("account/positions")["data"]
    assert D(more["margin"]) == D(leg["margin"]) + 100
    assert D(more["liqPx"]) < D(leg["liqPx"])
    assert client.post("account/position/margin-balance", **move, type="reduce")["code"] == "0"
    huge = {**move, "amt": "1000000"}
    assert client.post("account/position/margin-balance", **huge, type="add")["code"] == "51008"


def test_a_liquidation_is_told_to_all() -> None:
    """liquidation-orders prints it; the position ends with size zero; the cash is gone."""
    okx, client = make_okx(["60000", "60000", "54000", "54000"])
    fields = {"instId": PAIR, "lever": "20", "mgnMode": "cross"}
    client.post("account/set-leverage", **fields)
    account = okx.exchange.accounts["KEY"]
    account.wallet = account.deposited = D(3500)
    public = client.socket("public", {"channel": "liquidation-orders", "instType": "SWAP"})
    private = client.socket("private", {"channel": "positions", "instType": "SWAP"})
    client.order("buy", "long", "100")
    go(okx.exchange, 3)
    (printed,) = [frame for frame in frames(public) if "data" in frame]
    detail = printed["data"][0]["details"][0]
    assert (detail["posSide"], detail["side"], detail["sz"]) == ("long", "sell", "100")
    told = [frame["data"][0] for frame in frames(private) if frame["data"]]
    assert (told[-1]["posSide"], told[-1]["pos"]) == ("long", "0")
    assert client.get("account/positions")["data"] == []
    assert 0 <= cash(client) < 50


def test_the_balance_is_explained_by_the_legs() -> None:
    """Equity is cash and unrealised profit; what is frozen and what is left make it whole."""
    okx, client = make_okx(["60000", "60000", "60600", "60600"])
    client.order("buy", "long", "50")
    client.order("sell", "short", "20")
    client.order("buy", "long", "10", px="58000")
    okx.exchange.watched["BTCUSDT"] = 1
    go(okx.exchange, 2.5)
    legs = client.get("account/positions")["data"]
    (coin,) = client.get("account/balance")["data"][0]["details"]
    profit = sum(D(leg["upl"]) for leg in legs)
    assert D(coin["eq"]) == D(coin["cashBal"]) + profit
    assert D(coin["frozenBal"]) == sum(D(leg["imr"]) for leg in legs) + D(coin["ordFrozen"])
    assert D(coin["availEq"]) == D(coin["eq"]) - D(coin["frozenBal"])


def test_an_order_beyond_the_money_is_refused_and_costs_nothing() -> None:
    """51008, with the balance as it was."""
    _, client = make_okx(FLAT)
    most = client.get("account/max-size", instId=PAIR, tdMode="cross")["data"][0]["maxBuy"]
    too_much = str(D(most) * 2)
    assert codes(client.order("buy", "long", too_much)) == ("1", ["51008"])
    assert cash(client) == 100_000
    assert client.get("account/bills")["data"] == []
