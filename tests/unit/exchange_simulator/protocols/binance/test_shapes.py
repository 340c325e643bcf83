"""Every answer and event has the fields that the vendor documents, with the same JSON types."""

import json
from typing import Any

import pytest

from exchange_simulator.protocols.binance.protocol import Binance
from tests.unit.exchange_simulator.builders import frames, go
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker, events, make_binance

PRICES = [str(60_000 + 10 * (number % 7)) for number in range(60)]
TEXT, WHOLE, TRUTH, NUMBER, LISTED = str, int, bool, (int, float), list


def fields(words: str, kind: Any) -> dict[str, Any]:
    """Fields of one type, named in a row."""
    return dict.fromkeys(words.split(), kind)


ORDER = {
    **fields("avgPrice clientOrderId cumQuote executedQty origQty origType price side", TEXT),
    **fields("positionSide status stopPrice symbol timeInForce type workingType", TEXT),
    **fields("priceMatch selfTradePreventionMode", TEXT),
    **fields("orderId goodTillDate updateTime", WHOLE),
    **fields("reduceOnly closePosition priceProtect", TRUTH),
}
ALGO = {
    **fields("clientAlgoId algoType orderType symbol side positionSide timeInForce", TEXT),
    **fields("quantity algoStatus triggerPrice price workingType priceMatch", TEXT),
    **fields("algoId createTime updateTime triggerTime goodTillDate", WHOLE),
    **fields("closePosition priceProtect reduceOnly", TRUTH),
}
POSITION_2 = {
    **fields("entryPrice breakEvenPrice marginType isAutoAddMargin isolatedMargin leverage", TEXT),
    **fields("liquidationPrice markPrice maxNotionalValue positionAmt notional", TEXT),
    **fields("isolatedWallet symbol unRealizedProfit positionSide", TEXT),
    **fields("updateTime", WHOLE),
}
POSITION_3 = {
    **fields("symbol positionSide positionAmt entryPrice breakEvenPrice markPrice", TEXT),
    **fields("unRealizedProfit liquidationPrice isolatedMargin notional marginAsset", TEXT),
    **fields("isolatedWallet initialMargin maintMargin positionInitialMargin", TEXT),
    **fields("openOrderInitialMargin bidNotional askNotional", TEXT),
    **fields("adl updateTime", WHOLE),
}
BALANCE = {
    **fields("accountAlias asset balance crossWalletBalance crossUnPnl", TEXT),
    **fields("availableBalance maxWithdrawAmount", TEXT),
    **fields("marginAvailable", TRUTH),
    **fields("updateTime", WHOLE),
}
ACCOUNT = {
    **fields("totalInitialMargin totalMaintMargin totalWalletBalance", TEXT),
    **fields("totalUnrealizedProfit totalMarginBalance totalPositionInitialMargin", TEXT),
    **fields("totalOpenOrderInitialMargin totalCrossWalletBalance totalCrossUnPnl", TEXT),
    **fields("availableBalance maxWithdrawAmount", TEXT),
    **fields("assets positions", LISTED),
}
TRADE = {
    **fields("commission commissionAsset price qty quoteQty realizedPnl side", TEXT),
    **fields("positionSide symbol", TEXT),
    **fields("buyer maker", TRUTH),
    **fields("id orderId time", WHOLE),
}
SYMBOL = {
    **fields("symbol pair contractType status maintMarginPercent requiredMarginPercent", TEXT),
    **fields("baseAsset quoteAsset marginAsset underlyingType triggerProtect", TEXT),
    **fields("liquidationFee marketTakeBound", TEXT),
    **fields("deliveryDate onboardDate pricePrecision quantityPrecision", WHOLE),
    **fields("baseAssetPrecision quotePrecision", WHOLE),
    **fields("underlyingSubType filters orderTypes timeInForce", LISTED),
}
TICKER = {
    **fields("symbol priceChange priceChangePercent weightedAvgPrice lastPrice lastQty", TEXT),
    **fields("openPrice highPrice lowPrice volume quoteVolume", TEXT),
    **fields("openTime closeTime firstId lastId count", WHOLE),
}
SIGNED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("v1/openOrders", {}, ORDER | fields("time", WHOLE)),
    ("v1/allOrders", {"symbol": "BTCUSDT"}, ORDER | fields("time", WHOLE)),
    ("v1/openAlgoOrders", {}, ALGO),
    ("v1/allAlgoOrders", {"symbol": "BTCUSDT"}, ALGO),
    ("v2/positionRisk", {}, POSITION_2),
    ("v3/positionRisk", {}, POSITION_3),
    ("v2/balance", {}, BALANCE),
    ("v3/balance", {}, BALANCE),
    ("v2/account", {}, ACCOUNT | fields("canTrade canDeposit canWithdraw", TRUTH)),
    ("v3/account", {}, ACCOUNT),
    ("v1/userTrades", {"symbol": "BTCUSDT"}, TRADE),
    (
        "v1/income",
        {},
        fields("symbol incomeType income asset info tradeId", TEXT) | fields("time tranId", WHOLE),
    ),
    (
        "v1/commissionRate",
        {"symbol": "BTCUSDT"},
        fields("symbol makerCommissionRate takerCommissionRate", TEXT),
    ),
    ("v1/leverageBracket", {}, fields("symbol", TEXT) | fields("brackets", LISTED)),
    (
        "v1/accountConfig",
        {},
        fields("feeTier updateTime tradeGroupId", WHOLE)
        | fields("canTrade canDeposit canWithdraw dualSidePosition multiAssetsMargin", TRUTH),
    ),
    (
        "v1/symbolConfig",
        {},
        fields("symbol marginType maxNotionalValue", TEXT) | fields("leverage", WHOLE),
    ),
    ("v1/positionSide/dual", {}, fields("dualSidePosition", TRUTH)),
    ("v1/multiAssetsMargin", {}, fields("multiAssetsMargin", TRUTH)),
    ("v1/adlQuantile", {}, fields("symbol", TEXT) | fields("adlQuantile", dict)),
    ("v1/rateLimit/order", {}, fields("rateLimitType interval", TEXT) | fields("limit", WHOLE)),
]
PUBLIC: list[tuple[str, dict[str, Any]]] = [
    ("/fapi/v1/time", fields("serverTime", WHOLE)),
    ("/fapi/v1/premiumIndex?symbol=BTCUSDT", fields("markPrice indexPrice interestRate", TEXT)
     | fields("symbol estimatedSettlePrice lastFundingRate", TEXT)
     | fields("nextFundingTime time", WHOLE)),
    ("/fapi/v1/fundingRate?symbol=BTCUSDT", fields("symbol fundingRate markPrice", TEXT)
     | fields("fundingTime", WHOLE)),
    ("/fapi/v1/fundingInfo", fields("symbol adjustedFundingRateCap", TEXT)
     | fields("adjustedFundingRateFloor", TEXT) | fields("fundingIntervalHours", WHOLE)),
    ("/fapi/v1/depth?symbol=BTCUSDT&limit=5", fields("lastUpdateId E T", WHOLE)
     | fields("bids asks", LISTED)),
    ("/fapi/v1/trades?symbol=BTCUSDT", fields("price qty quoteQty", TEXT)
     | fields("id time", WHOLE) | fields("isBuyerMaker", TRUTH)),
    ("/fapi/v1/aggTrades?symbol=BTCUSDT", fields("p q", TEXT) | fields("a f l T", WHOLE)
     | fields("m", TRUTH)),
    ("/fapi/v1/ticker/24hr?symbol=BTCUSDT", TICKER),
    ("/fapi/v1/ticker/price?symbol=BTCUSDT", fields("symbol price", TEXT)
     | fields("time", WHOLE)),
    ("/fapi/v1/ticker/bookTicker?symbol=BTCUSDT", fields("bidPrice bidQty askPrice askQty", TEXT)
     | fields("time lastUpdateId", WHOLE)),
    ("/fapi/v1/openInterest?symbol=BTCUSDT", fields("openInterest symbol", TEXT)
     | fields("time", WHOLE)),
]  # fmt: skip


@pytest.fixture(scope="module")
def lived() -> tuple[Binance, Speaker]:
    """An account with both legs, resting orders, stops, and a day behind it."""
    binance, client = make_binance(PRICES)
    client.order("BUY", "LONG", "0.5")
    client.order("SELL", "SHORT", "0.3")
    client.order("SELL", "LONG", "0.1")
    client.order("BUY", "LONG", "0.1", price="58000", newClientOrderId="mine")
    client.algo("STOP_MARKET", "SELL", "LONG", closePosition="true", triggerPrice="55000")
    trail = {"quantity": "0.1", "callbackRate": "1"}
    client.algo("TRAILING_STOP_MARKET", "BUY", "SHORT", **trail)
    binance.exchange.watched["BTCUSDT"] = 1
    go(binance.exchange, 20)
    return binance, client


def check(row: Any, wanted: dict[str, Any], place: str) -> None:
    """Every field is there; true and false are no numbers."""
    for name, kind in wanted.items():
        assert name in row, f"{place}: {name} is missing"
        value = row[name]
        assert isinstance(value, kind), f"{place}: {name} is {value!r}"
        assert kind is TRUTH or not isinstance(value, bool), f"{place}: {name} is {value!r}"


@pytest.mark.parametrize(("path", "asked", "wanted"), SIGNED)
def test_an_accounts_answer_has_its_fields(
    lived: tuple[Binance, Speaker], path: str, asked: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """A list has rows, and each has all fields."""
    answer = lived[1].call("GET", path, **asked)
    rows = answer if isinstance(answer, list) else [answer]
    assert rows
    for row in rows:
        check(row, wanted, path)


@pytest.mark.parametrize(("target", "wanted"), PUBLIC)
def test_a_public_answer_has_its_fields(
    lived: tuple[Binance, Speaker], target: str, wanted: dict[str, Any]
) -> None:
    """Without a signature."""
    answer = json.loads(lived[1].raw("GET", target).body)
    for row in answer if isinstance(answer, list) else [answer]:
        check(row, wanted, target)


def test_symbols_have_their_fields_and_filters(lived: tuple[Binance, Speaker]) -> None:
    """The filters that clients round by are all there."""
    answer = json.loads(lived[1].raw("GET", "/fapi/v1/exchangeInfo").body)
    check(answer, fields("timezone futuresType", TEXT) | fields("serverTime", WHOLE), "info")
    check(answer, fields("rateLimits exchangeFilters assets symbols", LISTED), "info")
    (symbol,) = answer["symbols"]
    check(symbol, SYMBOL, "symbol")
    filters = {row["filterType"]: row for row in symbol["filters"]}
    check(filters["PRICE_FILTER"], fields("minPrice maxPrice tickSize", TEXT), "PRICE_FILTER")
    for name in ("LOT_SIZE", "MARKET_LOT_SIZE"):
        check(filters[name], fields("minQty maxQty stepSize", TEXT), name)
    check(filters["MIN_NOTIONAL"], fields("notional", TEXT), "MIN_NOTIONAL")
    check(filters["MAX_NUM_ORDERS"], fields("limit", WHOLE), "MAX_NUM_ORDERS")
    percents = fields("multiplierUp multiplierDown multiplierDecimal", TEXT)
    check(filters["PERCENT_PRICE"], percents, "PERCENT_PRICE")


def test_a_candle_has_twelve_columns(lived: tuple[Binance, Speaker]) -> None:
    """Times and the count are numbers, all else is text."""
    target = "/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=2"
    for row in json.loads(lived[1].raw("GET", target).body):
        kinds = [WHOLE, TEXT, TEXT, TEXT, TEXT, TEXT, WHOLE, TEXT, WHOLE, TEXT, TEXT, TEXT]
        assert [type(value) for value in row] == kinds


def test_assets_and_legs_of_the_account_have_their_fields(
    lived: tuple[Binance, Speaker],
) -> None:
    """In both versions; the second knows leverage and entry."""
    asset = fields("asset walletBalance unrealizedProfit marginBalance maintMargin", TEXT)
    asset |= fields("initialMargin positionInitialMargin openOrderInitialMargin", TEXT)
    asset |= fields("crossWalletBalance crossUnPnl availableBalance maxWithdrawAmount", TEXT)
    asset |= fields("updateTime", WHOLE)
    leg = fields("symbol positionSide positionAmt unrealizedProfit isolatedMargin", TEXT)
    leg |= fields("notional isolatedWallet initialMargin maintMargin", TEXT)
    leg |= fields("updateTime", WHOLE)
    older = fields("leverage entryPrice breakEvenPrice maxNotional", TEXT)
    older |= fields("isolated", TRUTH)
    for version, extra in (("v3", {}), ("v2", older)):
        answer = lived[1].call("GET", f"{version}/account")
        check(answer["assets"][0], asset, f"{version} asset")
        for row in answer["positions"]:
            check(row, leg | extra, f"{version} leg")


def test_risk_tiers_have_their_fields(lived: tuple[Binance, Speaker]) -> None:
    """Numbers here, not texts."""
    (row,) = lived[1].call("GET", "v1/leverageBracket", symbol="BTCUSDT")
    wanted = fields("bracket initialLeverage notionalCap notionalFloor", WHOLE)
    wanted |= fields("maintMarginRatio cum", NUMBER)
    for tier in row["brackets"]:
        check(tier, wanted, "tier")


def test_answers_to_orders_have_their_fields() -> None:
    """New, changed, asked for and canceled."""
    _, client = make_binance(PRICES)
    made = client.order("BUY", "LONG", "0.1", price="58000")
    named = {"symbol": "BTCUSDT", "orderId": made["orderId"]}
    change = {"side": "BUY", "quantity": "0.2", "price": "57000"}
    answers = {
        "new": made,
        "changed": client.call("PUT", "v1/order", **named, **change),
        "asked": client.call("GET", "v1/order", **named),
        "canceled": client.call("DELETE", "v1/order", **named),
    }
    for name, answer in answers.items():
        check(answer, ORDER, name)
    assert [answers[name]["status"] for name in ("new", "changed", "canceled")] == [
        "NEW",
        "NEW",
        "CANCELED",
    ]


def test_an_algo_orders_answers_have_their_fields() -> None:
    """New, and canceled with its own short answer."""
    _, client = make_binance(PRICES)
    client.order("BUY", "LONG", "0.1")
    made = client.algo("STOP_MARKET", "SELL", "LONG", quantity="0.1", triggerPrice="50000")
    check(made, ALGO, "new")
    gone = client.call("DELETE", "v1/algoOrder", algoId=made["algoId"])
    check(gone, fields("clientAlgoId code msg", TEXT) | fields("algoId", WHOLE), "canceled")


EVENTS = {
    "ORDER_TRADE_UPDATE": fields("s c S o f q p ap sp x X l z L b a wt ot ps rp V pm", TEXT)
    | fields("i T t si ss gtd", WHOLE)
    | fields("m R cp pP", TRUTH),
    "TRADE_LITE": {},
    "ACCOUNT_UPDATE": fields("m", TEXT) | fields("B P", LISTED),
    "ALGO_UPDATE": fields("caid at o s S ps f q X ai tp p V wt pm", TEXT)
    | fields("aid tt gtd", WHOLE)
    | fields("cp pP R", TRUTH),
    "ACCOUNT_CONFIG_UPDATE": fields("s", TEXT) | fields("l", WHOLE),
}
INNER = {"ORDER_TRADE_UPDATE": "o", "ALGO_UPDATE": "o", "ACCOUNT_UPDATE": "a"}
INNER["ACCOUNT_CONFIG_UPDATE"] = "ac"


def test_user_events_have_their_fields() -> None:
    """Each has its name, its two times, and its own part."""
    binance, client = make_binance(PRICES)
    stream = client.user_stream()
    client.call("POST", "v1/leverage", symbol="BTCUSDT", leverage=8)
    client.order("BUY", "LONG", "0.1")
    client.algo("STOP_MARKET", "SELL", "LONG", quantity="0.1", triggerPrice="50000")
    go(binance.exchange, 1)
    seen = set()
    for name, event in events(stream):
        seen.add(name)
        check(event, fields("e", TEXT) | fields("E T", WHOLE), name)
        check(event[INNER[name]] if name in INNER else event, EVENTS[name], name)
        if name == "ACCOUNT_UPDATE":
            check(event["a"]["B"][0], fields("a wb cw bc", TEXT), "balance")
            check(event["a"]["P"][0], fields("s pa ep cr up mt iw ps bep", TEXT), "leg")
        if name == "TRADE_LITE":
            check(event, fields("s q p c S L l", TEXT) | fields("t i", WHOLE), name)
            check(event, fields("m", TRUTH), name)
    assert seen == set(EVENTS)


STREAMS = {
    "btcusdt@aggTrade": fields("e s p q", TEXT) | fields("E a f l T", WHOLE) | fields("m", TRUTH),
    "btcusdt@markPrice@1s": fields("e s p i P r", TEXT) | fields("E T", WHOLE),
    "btcusdt@ticker": fields("e s p P w c Q o h l v q", TEXT) | fields("E O C F L n", WHOLE),
    "btcusdt@miniTicker": fields("e s c o h l v q", TEXT) | fields("E", WHOLE),
    "btcusdt@bookTicker": fields("e s b B a A", TEXT) | fields("u T E", WHOLE),
    "btcusdt@depth@100ms": fields("e s", TEXT) | fields("E T U u pu", WHOLE)
    | fields("b a", LISTED),
    "btcusdt@depth5@100ms": fields("e s", TEXT) | fields("E T U u pu", WHOLE)
    | fields("b a", LISTED),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_market_events_have_their_fields(name: str) -> None:
    """On a socket of their own, and wrapped with their stream on a combined one."""
    binance, _ = make_binance(PRICES)
    raw, combined = binance.connect(f"/ws/{name}"), binance.connect(f"/stream?streams={name}")
    assert raw is not None
    assert combined is not None
    go(binance.exchange, 2)
    told, wrapped = frames(raw), frames(combined)
    assert told
    assert [row["data"] for row in wrapped] == told
    assert {row["stream"] for row in wrapped} == {name}
    for event in told:
        check(event, STREAMS[name], name)


def test_a_streamed_candle_has_its_fields() -> None:
    """The candle lies in k; x tells whether it is over."""
    binance, _ = make_binance(PRICES)
    socket = binance.connect("/ws/btcusdt@kline_1m")
    assert socket is not None
    go(binance.exchange, 2)
    wanted = fields("s i o c h l v q V Q B", TEXT) | fields("t T f L n", WHOLE)
    wanted |= fields("x", TRUTH)
    told = frames(socket)
    for event in told:
        check(event, fields("e s", TEXT) | fields("E", WHOLE), "kline")
        check(event["k"], wanted, "k")
    assert [event["k"]["t"] for event in told if event["k"]["x"]] == sorted(
        {event["k"]["t"] for event in told if event["k"]["x"]}
    )
