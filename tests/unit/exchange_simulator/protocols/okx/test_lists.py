"""OKX's lists: what is in them, how they are paged, and how the algo service keeps its own."""

from typing import Any

import pytest

from exchange_simulator.protocols.okx.protocol import Okx
from tests.unit.exchange_simulator.builders import START_MS, go, hedger
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, codes, make_okx

FLAT = ["60000"] * 30


@pytest.fixture
def lived() -> tuple[Okx, Speaker]:
    """Five orders a minute apart: filled, canceled, resting; and three stops."""
    okx, client = make_okx(FLAT)
    okx.exchange.watched["BTCUSDT"] = 1
    for number in range(3):
        client.order("buy", "long", "10", clOrdId=f"filled{number}")
        go(okx.exchange, 1)
    client.order("buy", "long", "10", px="58000", clOrdId="gone")
    client.post("trade/cancel-order", instId=PAIR, clOrdId="gone")
    go(okx.exchange, 1)
    client.order("buy", "long", "10", px="58000", clOrdId="resting")
    for number in range(3):
        stop = {"slTriggerPx": str(50_000 + number), "slOrdPx": "-1"}
        client.algo("conditional", "sell", "long", **stop, algoClOrdId=f"stop{number}")
    return okx, client


def listed(client: Speaker, path: str, **fields: object) -> list[dict[str, Any]]:
    """The rows of a successful answer."""
    answer = client.get(path, **fields)
    assert answer["code"] == "0", answer
    rows: list[dict[str, Any]] = answer["data"]
    return rows


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """The clients' ids of orders."""
    return [row["clOrdId"] for row in rows]


def test_the_history_is_newest_first_and_paged_by_number(lived: tuple[Okx, Speaker]) -> None:
    """`after` goes to older rows, `before` to newer ones."""
    client = lived[1]
    rows = listed(client, "trade/orders-history", instType="SWAP")
    assert ids(rows) == ["gone", "filled2", "filled1", "filled0"]
    older = {"instType": "SWAP", "after": rows[1]["ordId"], "limit": 1}
    assert ids(listed(client, "trade/orders-history", **older)) == ["filled1"]
    newer = {"instType": "SWAP", "before": rows[3]["ordId"], "limit": 1}
    assert ids(listed(client, "trade/orders-history", **newer)) == ["filled1"]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"state": "canceled"}, ["gone"]),
        ({"state": "filled"}, ["filled2", "filled1", "filled0"]),
        ({"ordType": "limit"}, ["gone"]),
        ({"instId": "BTC-USDT-SWAP"}, ["gone", "filled2", "filled1", "filled0"]),
        ({"begin": START_MS + 60_000, "end": START_MS + 120_000}, ["filled2", "filled1"]),
        ({"instType": "SPOT"}, []),
    ],
)
def test_the_history_is_filtered(
    lived: tuple[Okx, Speaker], fields: dict[str, Any], wanted: list[str]
) -> None:
    """By state, type, instrument and time; other kinds of instruments have no orders."""
    rows = listed(lived[1], "trade/orders-history", **{"instType": "SWAP", **fields})
    assert ids(rows) == wanted


def test_pending_orders_are_those_that_rest(lived: tuple[Okx, Speaker]) -> None:
    """One by either id; what never was is 51603."""
    client = lived[1]
    (row,) = listed(client, "trade/orders-pending")
    assert row["clOrdId"] == "resting"
    assert listed(client, "trade/order", instId=PAIR, ordId=row["ordId"]) == [row]
    assert client.get("trade/order", instId=PAIR, clOrdId="never")["code"] == "51603"
    assert client.get("trade/order", instId=PAIR)["code"] == "51407"


def test_both_sides_of_a_trade_have_its_number_and_bills_of_their_own() -> None:
    """A trade has one number; each side's bill names a row of its list."""
    okx, taker = make_okx(FLAT)
    hedger(okx.exchange, key="maker")
    maker, market = Speaker(okx, key="maker"), okx.exchange.market("BTCUSDT")
    price = str(market.instrument.price_of(market.best_ticks[1] + 5))
    for ticks, steps in list(market.levels(bids=False)):
        market.eat(ticks, steps)
    maker.order("sell", "short", "10", px=price)
    taker.order("buy", "long", "10")
    sold, bought = listed(maker, "trade/fills"), listed(taker, "trade/fills")
    assert (len(sold), len(bought)) == (1, 1)
    assert sold[0]["tradeId"] == bought[0]["tradeId"]
    assert sold[0]["billId"] != bought[0]["billId"]


def test_fills_are_found_by_order_and_paged(lived: tuple[Okx, Speaker]) -> None:
    """Newest first; the pages are cut by billId."""
    client = lived[1]
    rows = listed(client, "trade/fills")
    assert ids(rows) == ["filled2", "filled1", "filled0"]
    assert listed(client, "trade/fills", ordId=rows[1]["ordId"]) == [rows[1]]
    older = {"after": rows[0]["billId"], "limit": 1}
    assert listed(client, "trade/fills-history", instType="SWAP", **older) == [rows[1]]


@pytest.mark.parametrize(
    ("again", "code"),
    [("filled0", "51402"), ("gone", "51401"), ("never", "51400")],
)
def test_a_cancel_that_comes_too_late_says_why(
    lived: tuple[Okx, Speaker], again: str, code: str
) -> None:
    """Completed, canceled, or never there."""
    answer = lived[1].post("trade/cancel-order", instId=PAIR, clOrdId=again)
    assert codes(answer) == ("1", [code])


@pytest.mark.parametrize(
    ("named", "code"),
    [("filled0", "51510"), ("gone", "51509"), ("never", "51503")],
)
def test_a_change_that_comes_too_late_says_why(
    lived: tuple[Okx, Speaker], named: str, code: str
) -> None:
    """Completed, canceled, or never there."""
    fields = {"instId": PAIR, "clOrdId": named, "newSz": "5"}
    assert codes(lived[1].post("trade/amend-order", **fields)) == ("1", [code])


def test_algo_orders_have_lists_of_their_own(lived: tuple[Okx, Speaker]) -> None:
    """Live ones by type, ended ones by state or id; one by either id."""
    client = lived[1]
    rows = listed(client, "trade/orders-algo-pending", ordType="conditional")
    assert [row["algoClOrdId"] for row in rows] == ["stop2", "stop1", "stop0"]
    older = {"ordType": "conditional", "after": rows[0]["algoId"], "limit": 1}
    assert listed(client, "trade/orders-algo-pending", **older) == [rows[1]]
    assert listed(client, "trade/orders-algo-pending", ordType="oco") == []
    assert listed(client, "trade/order-algo", algoClOrdId="stop1") == [rows[1]]
    gone = {"instId": PAIR, "algoId": rows[1]["algoId"]}
    assert codes(client.post("trade/cancel-algos", gone)) == ("0", ["0"])
    assert codes(client.post("trade/cancel-algos", gone)) == ("1", ["51400"])
    ended = listed(client, "trade/orders-algo-history", ordType="conditional", state="canceled")
    assert [row["algoClOrdId"] for row in ended] == ["stop1"]
    assert client.get("trade/orders-algo-history", ordType="conditional")["code"] == "50014"


def test_an_id_of_the_algo_service_is_used_once(lived: tuple[Okx, Speaker]) -> None:
    """51065, even after the order has ended."""
    stop = {"slTriggerPx": "50000", "slOrdPx": "-1", "algoClOrdId": "stop0"}
    assert codes(lived[1].algo("conditional", "sell", "long", **stop)) == ("1", ["51065"])


def test_batches_are_answered_item_by_item(lived: tuple[Okx, Speaker]) -> None:
    """Outer code 2 where some succeeded; more than twenty are refused as a whole."""
    client = lived[1]
    good = {"instId": PAIR, "clOrdId": "resting", "newSz": "5"}
    bad = {"instId": PAIR, "clOrdId": "never", "newSz": "5"}
    assert codes(client.post("trade/amend-batch-orders", good, bad)) == ("2", ["0", "51503"])
    many = [{"instId": PAIR, "clOrdId": "resting"}] * 21
    assert client.post("trade/cancel-batch-orders", *many)["code"] == "50037"
    names = [{"instId": PAIR, "clOrdId": name} for name in ("resting", "gone")]
    assert codes(client.post("trade/cancel-batch-orders", *names)) == ("2", ["0", "51401"])


def test_an_instruments_number_stands_for_its_name(lived: tuple[Okx, Speaker]) -> None:
    """instIdCode, as the instruments list it."""
    client = lived[1]
    (row,) = listed(client, "public/instruments", instType="SWAP")
    order = {"instIdCode": row["instIdCode"], "tdMode": "cross", "side": "buy", "posSide": "long"}
    made = client.post("trade/order", **order, ordType="limit", sz="1", px="57000")
    assert codes(made) == ("0", ["0"])
    wrong = {**order, "instIdCode": 99}
    answer = client.post("trade/order", **wrong, ordType="limit", sz="1", px="57000")
    assert codes(answer) == ("1", ["51001"])
