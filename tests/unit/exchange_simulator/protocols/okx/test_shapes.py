"""Every answer and channel has the fields that the vendor documents; numbers travel as text."""

import json
from typing import Any

import pytest

from exchange_simulator.protocols.okx.protocol import Okx
from tests.unit.exchange_simulator.builders import frames, go
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, Speaker, make_okx


def names(words: str) -> list[str]:
    """Fields, named in a row."""
    return words.split()


PRICES = [str(60_000 + 10 * (number % 7)) for number in range(60)]

ORDER = names(
    "instType instId tgtCcy ccy ordId clOrdId tag px pxUsd pxVol pxType sz pnl "
    "ordType side posSide tdMode accFillSz fillPx tradeId fillSz fillTime avgPx "
    "state stpMode lever attachAlgoClOrdId tpTriggerPx tpTriggerPxType tpOrdPx "
    "slTriggerPx slTriggerPxType slOrdPx feeCcy fee rebateCcy rebate source "
    "category reduceOnly quickMgnType algoClOrdId algoId isTpLimit uTime cTime "
    "cancelSource cancelSourceReason"
)
PUSHED = names(
    "fillFee fillFeeCcy fillPnl execType lastPx amendResult reqId code msg "
    "notionalUsd amendSource fillNotionalUsd fillMarkPx"
)
ALGO = names(
    "instType instId ccy ordId algoId clOrdId sz ordType side posSide tdMode tgtCcy "
    "state lever tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType "
    "slOrdPx triggerPx triggerPxType ordPx actualSz actualPx actualSide triggerTime "
    "pxVar pxSpread szLimit pxLimit timeInterval callbackRatio callbackSpread "
    "activePx moveTriggerPx reduceOnly quickMgnType last failCode algoClOrdId "
    "closeFraction cTime uTime"
)
POSITION = names(
    "adl availPos avgPx cTime ccy deltaBS deltaPA gammaBS gammaPA idxPx imr instId "
    "instType interest last lever liab liabCcy liqPx margin markPx mgnMode mgnRatio "
    "mmr notionalUsd optVal pos posCcy posId posSide thetaBS thetaPA tradeId uTime "
    "upl uplRatio uplLastPx uplRatioLastPx usdPx vegaBS vegaPA bePx realizedPnl pnl "
    "fee fundingFee liqPenalty"
)
FILL = names(
    "instType instId tradeId ordId clOrdId billId subType tag fillPx fillSz "
    "fillIdxPx fillPnl fillPxVol fillPxUsd fillMarkVol fillFwdPx fillMarkPx side "
    "posSide execType feeCcy fee ts fillTime"
)
BILL = names(
    "bal balChg billId ccy clOrdId execType fee fillTime from instId instType "
    "interest mgnMode notes ordId pnl posBal posBalChg px subType sz tag to tradeId "
    "ts type"
)
ACCOUNT = names("totalEq isoEq adjEq ordFroz imr mmr mgnRatio notionalUsd uTime upl")
COIN = names(
    "ccy eq cashBal uTime isoEq availEq disEq availBal frozenBal ordFrozen liab upl "
    "uplLiab crossLiab isoLiab mgnRatio interest twap maxLoan eqUsd notionalLever "
    "imr mmr stgyEq isoUpl spotInUseAmt"
)
INSTRUMENT = names(
    "instType instId uly instFamily category baseCcy quoteCcy settleCcy ctVal "
    "ctMult ctValCcy optType stk listTime expTime lever tickSz lotSz minSz ctType "
    "alias state ruleType maxLmtSz maxMktSz maxTwapSz maxIcebergSz maxTriggerSz "
    "maxStopSz"
)
TICKER = names(
    "instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h "
    "volCcy24h vol24h sodUtc0 sodUtc8 ts"
)
FUNDING = names(
    "instType instId method formulaType fundingRate nextFundingRate fundingTime "
    "nextFundingTime minFundingRate maxFundingRate settState settFundingRate ts"
)
CONFIG = names("uid mainUid acctLv posMode greeksType level levelTmp roleType label perm ip kycLv")
ASKED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("account/config", {}, CONFIG),
    ("account/balance", {}, ACCOUNT),
    ("account/positions", {}, POSITION),
    ("account/bills", {}, BILL),
    ("account/leverage-info", {"instId": PAIR, "mgnMode": "cross"}, names("instId lever posSide")),
    (
        "account/trade-fee",
        {"instType": "SWAP"},
        names("level maker taker makerU takerU ts"),
    ),
    ("account/max-size", {"instId": PAIR, "tdMode": "cross"}, names("instId maxBuy maxSell")),
    (
        "account/positions-history",
        {},
        names("closeAvgPx direction realizedPnl pnl fee uTime"),
    ),
    ("trade/orders-pending", {}, ORDER),
    ("trade/orders-history", {"instType": "SWAP"}, ORDER),
    ("trade/fills", {}, FILL),
    ("trade/fills-history", {"instType": "SWAP"}, FILL),
    ("trade/orders-algo-pending", {"ordType": "conditional"}, ALGO),
    ("trade/orders-algo-pending", {"ordType": "move_order_stop"}, ALGO),
    ("public/instruments", {"instType": "SWAP"}, INSTRUMENT),
    ("public/funding-rate", {"instId": PAIR}, FUNDING),
    ("public/mark-price", {"instType": "SWAP"}, names("instType instId markPx ts")),
    ("public/price-limit", {"instId": PAIR}, names("instId buyLmt sellLmt ts")),
    ("public/open-interest", {"instType": "SWAP"}, names("instId oi oiCcy oiUsd ts")),
    (
        "public/position-tiers",
        {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"},
        names("uly instFamily instId tier minSz maxSz mmr imr maxLever"),
    ),
    ("public/time", {}, ["ts"]),
    ("market/ticker", {"instId": PAIR}, TICKER),
    ("market/tickers", {"instType": "SWAP"}, TICKER),
    ("market/trades", {"instId": PAIR}, names("instId tradeId px sz side ts")),
    (
        "market/index-tickers",
        {"instId": "BTC-USDT"},
        names("instId idxPx high24h open24h ts"),
    ),
]


@pytest.fixture(scope="module")
def lived() -> tuple[Okx, Speaker]:
    """An account with both legs, resting and algo orders, and something closed."""
    okx, client = make_okx(PRICES)
    client.order("buy", "long", "50")
    client.order("sell", "short", "30")
    client.order("sell", "long", "10")
    client.order("buy", "long", "10", px="58000", clOrdId="mine")
    client.algo("conditional", "sell", "long", slTriggerPx="55000", slOrdPx="-1")
    client.algo("move_order_stop", "buy", "short", callbackRatio="0.01")
    okx.exchange.watched["BTCUSDT"] = 1
    go(okx.exchange, 20)
    return okx, client


def check(row: Any, names: list[str], place: str) -> None:
    """Every field is there, and is a text."""
    for name in names:
        assert name in row, f"{place}: {name} is missing"
        assert isinstance(row[name], str), f"{place}: {name} is {row[name]!r}"


@pytest.mark.parametrize(("path", "fields", "names"), ASKED)
def test_an_answer_has_its_fields(
    lived: tuple[Okx, Speaker], path: str, fields: dict[str, Any], names: list[str]
) -> None:
    """The envelope is code, msg and data; data has rows, and each has all fields."""
    answer = lived[1].get(path, **fields)
    assert (answer["code"], answer["msg"]) == ("0", "")
    assert answer["data"]
    for row in answer["data"]:
        check(row, names, path)


def test_the_balance_has_its_coin(lived: tuple[Okx, Speaker]) -> None:
    """With all fields of a coin."""
    (coin,) = lived[1].get("account/balance")["data"][0]["details"]
    check(coin, COIN, "coin")


def test_candles_are_rows_of_texts(lived: tuple[Okx, Speaker]) -> None:
    """Nine columns, six for the mark; the newest is first and open."""
    candles = lived[1].get("market/candles", instId=PAIR, bar="1m", limit=5)["data"]
    marks = lived[1].get("market/mark-price-candles", instId=PAIR, bar="1m", limit=5)["data"]
    for rows, width in ((candles, 9), (marks, 6)):
        assert [len(row) for row in rows] == [width] * 5
        assert all(isinstance(text, str) for row in rows for text in row)
        assert [row[-1] for row in rows] == names("0 1 1 1 1")


def test_a_book_is_rows_of_four_texts(lived: tuple[Okx, Speaker]) -> None:
    """Price, contracts, a zero, and the number of orders; asks rise and bids fall."""
    (book,) = lived[1].get("market/books", instId=PAIR, sz="5")["data"]
    for side, sign in (("asks", 1), ("bids", -1)):
        assert [len(row) for row in book[side]] == [4] * 5
        prices = [float(row[0]) * sign for row in book[side]]
        assert prices == sorted(prices)


def test_answers_to_orders_have_their_fields() -> None:
    """Placed, changed, canceled, and in a batch."""
    _, client = make_okx(PRICES)
    placed = client.order("buy", "long", "10", px="58000", clOrdId="a", tag="t")
    named = {"instId": PAIR, "clOrdId": "a"}
    for name, answer in (
        ("placed", placed),
        ("changed", client.post("trade/amend-order", **named, newSz="5", reqId="r")),
        ("canceled", client.post("trade/cancel-order", **named)),
        ("batch", client.post("trade/cancel-batch-orders", named)),
    ):
        assert {"code", "msg", "data", "inTime", "outTime"} <= set(answer), name
        for row in answer["data"]:
            check(row, names("clOrdId ordId sCode sMsg"), name)
    assert placed["data"][0]["tag"] == "t"


CHANNELS: dict[str, list[str]] = {
    "tickers": TICKER,
    "trades": names("instId tradeId px sz side ts count"),
    "mark-price": names("instId instType markPx ts"),
    "funding-rate": FUNDING,
    "books5": ["instId", "ts"],
    "bbo-tbt": ["ts"],
    "books": ["ts"],
    "instruments": INSTRUMENT,
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_public_channel_has_its_fields(channel: str) -> None:
    """Every frame repeats what was subscribed to."""
    okx, client = make_okx(PRICES)
    socket = client.socket("public")
    arg = {"channel": channel, "instId": PAIR}
    client.say(socket, op="subscribe", args=[arg])
    go(okx.exchange, 2)
    told = [frame for frame in frames(socket) if "data" in frame]
    assert told
    for frame in told:
        assert frame["arg"] == arg
        for row in frame["data"]:
            check(row, CHANNELS[channel], channel)
    if channel == "books":
        assert [frame["action"] for frame in told[:2]] == ["snapshot", "update"]
        assert told[0]["data"][0]["prevSeqId"] == -1


def test_candles_come_on_the_business_socket() -> None:
    """Rows of nine texts, and only there."""
    okx, client = make_okx(PRICES)
    arg = {"channel": "candle1m", "instId": PAIR}
    wrong, right = client.socket("public"), client.socket("business")
    for socket in (wrong, right):
        client.say(socket, op="subscribe", args=[arg])
    (refused,) = frames(wrong)
    assert (refused["event"], refused["code"]) == ("error", "60018")
    go(okx.exchange, 2)
    rows = [row for frame in frames(right) if "data" in frame for row in frame["data"]]
    assert {len(row) for row in rows} == {9}
    assert [row[0] for row in rows if row[8] == "1"]


def test_private_channels_have_their_fields() -> None:
    """Orders, positions, the account, and both together."""
    okx, client = make_okx(PRICES)
    wanted = {"orders": [*ORDER, *PUSHED], "positions": POSITION, "account": ACCOUNT}
    args = [{"channel": name, "instType": "SWAP"} for name in ("orders", "positions")]
    args += [{"channel": "account"}, {"channel": "balance_and_position"}]
    socket = client.socket("private", *args)
    client.order("buy", "long", "10")
    go(okx.exchange, 1)
    seen = set()
    for frame in frames(socket):
        channel = frame["arg"]["channel"]
        seen.add(channel)
        for row in frame["data"]:
            check(row, wanted.get(channel, ["pTime", "eventType"]), channel)
            if channel == "balance_and_position":
                check(row["balData"][0], names("ccy cashBal uTime"), channel)
                moved = "posId tradeId instId instType mgnMode posSide pos ccy avgPx uTime"
                check(row["posData"][0], moved.split(), channel)
    assert seen == {*wanted, "balance_and_position"}


def test_algo_channels_have_their_fields() -> None:
    """Stops on orders-algo, trailing ones on algo-advance."""
    _, client = make_okx(PRICES)
    args = [{"channel": name, "instType": "SWAP"} for name in ("orders-algo", "algo-advance")]
    socket = client.socket("business", *args)
    client.order("buy", "long", "10")
    client.algo("conditional", "sell", "long", slTriggerPx="55000", slOrdPx="-1")
    client.algo("move_order_stop", "sell", "long", callbackRatio="0.01")
    told = [(frame["arg"]["channel"], frame["data"][0]) for frame in frames(socket)]
    assert [channel for channel, _ in told] == ["orders-algo", "algo-advance"]
    for channel, row in told:
        check(row, ALGO, channel)


def test_errors_on_sockets_have_a_code_and_a_text() -> None:
    """And the identity of the connection."""
    okx, client = make_okx(PRICES)
    socket = client.socket("public")
    for message in (
        b"{",
        b'{"op":"fly"}',
        b'{"op":"subscribe","args":[]}',
        json.dumps({"op": "subscribe", "args": [{"channel": "none", "instId": PAIR}]}).encode(),
        b'{"op":"login","args":[{"apiKey":"x"}]}',
    ):
        okx.receive(socket, message)
    told = frames(socket)
    assert [frame["code"] for frame in told] == names("60012 60012 60012 60018 60005")
    for frame in told:
        check(frame, names("event code msg connId"), "error")
