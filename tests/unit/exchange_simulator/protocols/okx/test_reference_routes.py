"""OKX's reference data and the account's less frequent questions."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.exchange_simulator.builders import START_MS, go
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, codes, make_okx

PRICES = [str(60_000 + 10 * number) for number in range(30)]
TWO = {"ETHUSDT": ["3000"] * 30}
STOP = {"slTriggerPx": "59000", "slOrdPx": "-1"}
D = Decimal


@pytest.fixture
def client() -> Speaker:
    """A client after twenty minutes of market."""
    okx, speaker = make_okx(PRICES, more_symbols=TWO)
    okx.exchange.watched["BTCUSDT"] = 1
    go(okx.exchange, 20)
    return speaker


def rows(client: Speaker, path: str, **fields: object) -> Any:
    """The data of a successful answer."""
    answer = client.get(path, **fields)
    assert answer["code"] == "0", answer
    return answer["data"]


def test_open_interest_has_a_history_newest_first(client: Speaker) -> None:
    """Time, contracts, base coin and USD; contracts times their value are the base coin."""
    name = "rubik/stat/contracts/open-interest-history"
    listed = rows(client, name, instId=PAIR, period="5m", limit=3)
    assert [int(row[0]) for row in listed] == [START_MS + 300_000 * n for n in (4, 3, 2)]
    now = rows(client, "public/open-interest", instType="SWAP", instId=PAIR)[0]
    assert {tuple(row[1:3]) for row in listed} == {(now["oi"], now["oiCcy"])}
    assert D(now["oi"]) * D("0.01") == D(now["oiCcy"])


def test_index_tickers_are_of_pairs(client: Speaker) -> None:
    """Each has the index price that positions are told with."""
    assert [row["instId"] for row in rows(client, "market/index-tickers", quoteCcy="USDT")] == [
        "BTC-USDT",
        "ETH-USDT",
    ]
    client.order("buy", "long", "1")
    (row,) = rows(client, "market/index-tickers", instId="BTC-USDT")
    assert row["idxPx"] == rows(client, "account/positions")[0]["idxPx"]


def test_premiums_are_told_minute_by_minute(client: Speaker) -> None:
    """Newest first; the rate is that of the coming settlement."""
    listed = rows(client, "public/premium-history", instId=PAIR, limit=5)
    stamps = [int(row["ts"]) for row in listed]
    assert stamps == sorted(stamps, reverse=True)
    rate = rows(client, "public/funding-rate", instId=PAIR)[0]["fundingRate"]
    assert {row["premium"] for row in listed} == {rate}


def test_all_funding_rates_come_with_any(client: Speaker) -> None:
    """One row per swap."""
    names = [row["instId"] for row in rows(client, "public/funding-rate", instId="ANY")]
    assert names == [PAIR, "ETH-USDT-SWAP"]


def test_underlyings_are_listed(client: Speaker) -> None:
    """In one list, as the real one does."""
    assert rows(client, "public/underlying", instType="SWAP") == [["BTC-USDT", "ETH-USDT"]]


def test_what_can_be_closed_is_what_other_orders_leave(client: Speaker) -> None:
    """max-avail-size: the leg less its resting closing orders, on the side that closes it."""
    client.order("buy", "long", "50")
    client.order("sell", "long", "20", px="62000")
    fields = {"instId": PAIR, "tdMode": "cross", "reduceOnly": "true"}
    (row,) = rows(client, "account/max-avail-size", **fields)
    assert (row["availSell"], row["availBuy"]) == ("30", "0")
    (row,) = rows(client, "account/max-avail-size", instId=PAIR, tdMode="cross")
    balance = rows(client, "account/balance")[0]["details"][0]
    assert row["availBuy"] == balance["availBal"]


def test_balances_and_positions_of_one_moment(client: Speaker) -> None:
    """They are those of the two endpoints."""
    client.order("buy", "long", "5")
    client.order("sell", "short", "3")
    (row,) = rows(client, "account/account-position-risk")
    assert {one["posSide"]: one["pos"] for one in row["posData"]} == {"long": "5", "short": "3"}
    assert row["balData"][0]["eq"] == rows(client, "account/balance")[0]["details"][0]["eq"]
    assert rows(client, "asset/balances")[0]["bal"] == "0"


@pytest.mark.parametrize(("withdraws", "perm"), [(False, 2), (True, 3)])
def test_the_keys_rights_are_a_switch(withdraws: bool, perm: int) -> None:
    """perm names them; ip is empty where the key is bound to no address."""
    okx, client = make_okx(PRICES)
    okx.exchange.rules = replace(
        okx.exchange.rules,
        key_may_withdraw=withdraws,
        key_addresses=("10.0.0.1",) if withdraws else (),
    )
    (row,) = rows(client, "account/config")
    assert len(row["perm"].split(",")) == perm
    assert ("withdraw" in row["perm"]) is withdraws
    assert row["ip"] == ("10.0.0.1" if withdraws else "")


def test_an_order_for_the_whole_leg_follows_it_and_ends_with_it() -> None:
    """closeFraction 1: what is added is protected too, and nothing outlives the leg."""
    okx, client = make_okx(PRICES)
    client.order("buy", "long", "10")
    stop = {"slTriggerPx": "59000", "slOrdPx": "-1", "closeFraction": "1"}
    assert codes(client.algo("conditional", "sell", "long", "", **stop)) == ("0", ["0"])
    client.order("buy", "long", "5")
    (order,) = okx.exchange.triggers["BTCUSDT"].values()
    assert order.qty == D("0.15")
    (row,) = rows(client, "trade/orders-algo-pending", ordType="conditional")
    assert (row["closeFraction"], row["sz"]) == ("1", "")
    client.order("sell", "long", "15")
    assert rows(client, "trade/orders-algo-pending", ordType="conditional") == []
    (row,) = rows(client, "trade/orders-algo-history", ordType="conditional", state="canceled")
    assert row["state"] == "canceled"


def test_a_stop_tied_to_its_position_ends_with_it_and_keeps_its_size() -> None:
    """cxlOnClosePos; without it the stop stays."""
    _, client = make_okx(PRICES)
    client.order("buy", "long", "10")
    for tied in ("true", "false"):
        fields = {"slTriggerPx": "59000", "slOrdPx": "-1", "cxlOnClosePos": tied}
        client.algo("conditional", "sell", "long", "10", **fields)
    client.order("sell", "long", "5")
    pending = rows(client, "trade/orders-algo-pending", ordType="conditional")
    assert [row["sz"] for row in pending] == ["10", "10"]
    client.order("sell", "long", "5")
    assert len(rows(client, "trade/orders-algo-pending", ordType="conditional")) == 1


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("trigger", {"triggerPx": "59000", "orderPx": "-1", "closeFraction": "1"}, "51000"),
        (
            "conditional",
            {"slTriggerPx": "59000", "slOrdPx": "58000", "closeFraction": "1"},
            "51330",
        ),
        ("conditional", {"slTriggerPx": "59000", "slOrdPx": "-1", "closeFraction": "0.5"}, "51000"),
    ],
)
def test_close_fraction_has_its_rules(kind: str, more: dict[str, str], code: str) -> None:
    """Only for take profits and stop losses at the market, and only for the whole."""
    _, client = make_okx(PRICES)
    client.order("buy", "long", "10")
    assert codes(client.algo(kind, "sell", "long", "", **more)) == ("1", [code])


def test_history_candles_of_mark_and_index(client: Speaker) -> None:
    """Rows of six columns, newest first."""
    for name in ("history-mark-price-candles", "history-index-candles"):
        listed = rows(client, f"market/{name}", instId=PAIR, bar="5m", limit=3)
        assert [len(row) for row in listed] == [6, 6, 6]
        assert int(listed[0][0]) > int(listed[-1][0])


def test_coins_are_converted_to_contracts_and_back(client: Speaker) -> None:
    """A contract is a hundredth of a bitcoin; a part of one is cut off."""
    path = "public/convert-contract-coin"
    assert rows(client, path, instId=PAIR, sz="0.059", type="1")[0]["sz"] == "5"
    assert rows(client, path, instId=PAIR, sz="5", type="2")[0]["sz"] == "0.05"


def test_attached_stops_may_come_apart(client: Speaker) -> None:
    """One take profit and one stop loss in entries of their own; two of a kind are refused."""
    profit = {"tpTriggerPx": "70000", "tpOrdPx": "-1"}
    loss = {"slTriggerPx": "50000", "slOrdPx": "-1"}
    assert codes(client.order("buy", "long", "1", attachAlgoOrds=[profit, loss])) == ("0", ["0"])
    assert len(rows(client, "trade/orders-algo-pending", ordType="oco")) == 1
    assert codes(client.order("buy", "long", "1", attachAlgoOrds=[profit, profit]))[1] == ["51000"]
    assert codes(client.order("buy", "long", "1", attachAlgoOrds=[loss, "x"]))[1] == ["51000"]
    assert codes(client.order("buy", "long", "1", attachAlgoOrds="x"))[1] == ["51000"]


def test_isolated_margin_is_moved_by_itself_and_free_money_may_leave(client: Speaker) -> None:
    """automatic is the only mode; what is free is what may be withdrawn."""
    answer = client.post("account/set-isolated-mode", isoMode="automatic", type="CONTRACTS")
    assert answer["data"] == [{"isoMode": "automatic"}]
    free = rows(client, "account/max-withdrawal", ccy="USDT")[0]["maxWd"]
    assert free == rows(client, "account/balance")[0]["details"][0]["availBal"]
