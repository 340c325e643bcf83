"""Endpoints one by one: market data, orders, positions and account, as clients read them."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from exchange_simulator.market.candles import close_time_ms
from exchange_simulator.protocols.bybit.account_routes import ACCOUNT_ROUTES
from exchange_simulator.protocols.bybit.market_routes import INTERVALS_MS, MARKET_ROUTES
from exchange_simulator.protocols.bybit.order_routes import ORDER_ROUTES
from exchange_simulator.protocols.bybit.sockets import PRIVATE_TOPICS
from exchange_simulator.protocols.bybit.ticker import instrument_row, ticker_row
from exchange_simulator.protocols.bybit.topics import open_topic
from tests.unit.exchange_simulator.builders import KEY, MINUTE_US, START_MS, Client, make_bybit

PAIR = {"category": "linear", "symbol": "BTCUSDT"}
MARKET = {**PAIR, "side": "Buy", "orderType": "Market", "qty": "0.3", "positionIdx": 1}
LIMIT = {**MARKET, "orderType": "Limit", "price": "59000"}
WALK = [str(60_000 + 10 * (number % 9)) for number in range(600)]


@pytest.fixture
def client() -> Client:
    """A client of a walking market."""
    return make_bybit(WALK, more_symbols={"ETHUSDT": ["3000"] * 600})[1]


def wait(client: Client, minutes: float) -> None:
    """Let time pass."""
    bybit = client.bybit
    bybit.advance(bybit.exchange.clock.wall_us + int(minutes * MINUTE_US))


def listed(answer: dict[str, Any]) -> list[Any]:
    """Return an answer's rows; it must be a success."""
    assert answer["retCode"] == 0, answer
    rows: list[Any] = answer["result"]["list"]
    return rows


def test_each_route_says_who_may_ask_and_how_often() -> None:
    """Market data is public; everything else is private and limited as documented."""
    assert not any(route.private for route in MARKET_ROUTES.values())
    private = {**ORDER_ROUTES, **ACCOUNT_ROUTES}
    assert all(route.private for route in private.values())
    assert private[("POST", "/v5/order/create")].limit == 10
    assert private[("GET", "/v5/order/realtime")].limit == 50
    assert private[("GET", "/v5/account/transaction-log")].limit == 25
    assert private[("GET", "/v5/account/fee-rate")].limit == 5


def test_instruments_can_be_filtered_and_paged(client: Client) -> None:
    """By symbol, base coin, or page by page."""
    rows = listed(client.get("market/instruments-info", category="linear"))
    assert [row["symbol"] for row in rows] == ["BTCUSDT", "ETHUSDT"]
    rows = listed(client.get("market/instruments-info", category="linear", baseCoin="ETH"))
    assert [row["symbol"] for row in rows] == ["ETHUSDT"]
    first = client.get("market/instruments-info", category="linear", limit=1)["result"]
    fields = {"category": "linear", "limit": 1, "cursor": first["nextPageCursor"]}
    second = client.get("market/instruments-info", **fields)["result"]
    assert (second["list"][0]["symbol"], second["nextPageCursor"]) == ("ETHUSDT", "")
    row = instrument_row(client.bybit.exchange.instrument("BTCUSDT"))
    assert row == first["list"][0]


@pytest.mark.parametrize("interval", sorted(INTERVALS_MS))
def test_candles_of_every_interval_begin_on_its_grid(client: Client, interval: str) -> None:
    """Rows are newest first, one interval apart."""
    wait(client, 500)
    rows = listed(client.get("market/kline", **PAIR, interval=interval, limit=1000))
    starts = [int(row[0]) for row in rows]
    interval_ms = INTERVALS_MS[interval]
    assert all(close_time_ms(b, interval_ms) == a for a, b in pairwise(starts))
    now_ms = client.bybit.exchange.now_ms
    assert starts[0] <= now_ms < close_time_ms(starts[0], interval_ms) or not starts


def test_candle_windows_and_limits(client: Client) -> None:
    """start and end choose; the limit cuts; an unknown interval is refused."""
    wait(client, 300)
    span = {"start": START_MS + 600_000, "end": START_MS + 1_200_000}
    rows = listed(client.get("market/kline", **PAIR, interval="1", **span))
    assert [int(rows[0][0]), int(rows[-1][0])] == [span["end"], span["start"]]
    rows = listed(client.get("market/kline", **PAIR, interval="1", start=START_MS, limit=7))
    assert [int(row[0]) for row in rows] == [START_MS + m * 60_000 for m in range(6, -1, -1)]
    rows = listed(client.get("market/kline", **PAIR, interval="1"))
    assert len(rows) == 200
    assert client.get("market/kline", **PAIR, interval="2")["retCode"] == 10001


def test_tickers_tell_the_day(client: Client) -> None:
    """High, low and change are those of the last 24 hours."""
    wait(client, 200)
    row = listed(client.get("market/tickers", **PAIR))[0]
    assert Decimal(row["lowPrice24h"]) <= Decimal(row["lastPrice"]) <= Decimal(row["highPrice24h"])
    assert Decimal(row["bid1Price"]) < Decimal(row["ask1Price"])
    assert int(row["nextFundingTime"]) == START_MS + 28_800_000
    assert row == ticker_row(client.bybit.exchange, "BTCUSDT")
    assert len(listed(client.get("market/tickers", category="linear"))) == 2


def test_recent_trades_are_newest_first(client: Client) -> None:
    """The tape's trades before now."""
    wait(client, 10)
    rows = listed(client.get("market/recent-trade", **PAIR, limit=5))
    times = [int(row["time"]) for row in rows]
    assert len(rows) == 5
    assert times == sorted(times, reverse=True)
    assert times[0] <= client.bybit.exchange.now_ms


def test_risk_limits_rise_and_leverage_falls(client: Client) -> None:
    """Tiers are continuous: each deduction joins the one below."""
    rows = listed(client.get("market/risk-limit", **PAIR))
    limits = [Decimal(row["riskLimitValue"]) for row in rows]
    assert limits == sorted(limits)
    assert [row["isLowestRisk"] for row in rows] == [1, 0, 0, 0, 0]
    for low, high in pairwise(rows):
        edge = Decimal(low["riskLimitValue"])
        below, above = (
            edge * Decimal(row["maintenanceMargin"]) - Decimal(row["mmDeduction"] or 0)
            for row in (low, high)
        )
        assert below == above
        assert Decimal(low["maxLeverage"]) > Decimal(high["maxLeverage"])


def test_open_interest_is_a_row_per_interval(client: Client) -> None:
    """Stamps lie on the grid; an unknown interval is refused."""
    rows = listed(client.get("market/open-interest", **PAIR, intervalTime="5min", limit=3))
    stamps = [int(row["timestamp"]) for row in rows]
    assert stamps == [START_MS - number * 300_000 for number in range(3)]
    assert client.get("market/open-interest", **PAIR, intervalTime="7min")["retCode"] == 10001


@pytest.mark.parametrize(
    ("filters", "left"),
    [({}, 0), ({"orderFilter": "Order"}, 3), ({"orderFilter": "StopOrder"}, 1)],
)
def test_cancel_all_without_a_filter_takes_stops_too(
    client: Client, filters: dict[str, str], left: int
) -> None:
    """Active, conditional, take profit and stop loss all die, unless a filter says otherwise."""
    client.post("order/create", **MARKET, takeProfit="65000", stopLoss="55000")
    client.post("order/create", **LIMIT)
    client.post("order/create", **{**MARKET, "triggerPrice": "61000", "triggerDirection": 1})
    answer = client.post("order/cancel-all", **PAIR, **filters)
    assert answer["result"]["success"] == "1"
    assert len(listed(client.get("order/realtime", **PAIR))) == left


def test_cancel_all_by_coin_or_symbol_only(client: Client) -> None:
    """One of symbol, baseCoin, settleCoin is required; other symbols stay."""
    client.post("order/create", **LIMIT)
    client.post("order/create", **{**LIMIT, "symbol": "ETHUSDT", "price": "2900"})
    answer = client.post("order/cancel-all", category="linear")
    assert (answer["retCode"], "Missing some parameters" in answer["retMsg"]) == (10001, True)
    client.post("order/cancel-all", category="linear", baseCoin="ETH")
    rows = listed(client.get("order/realtime", category="linear", settleCoin="USDT"))
    assert [row["symbol"] for row in rows] == ["BTCUSDT"]


def test_history_filters(client: Client) -> None:
    """By status, link id and symbol."""
    client.post("order/create", **MARKET, orderLinkId="filled")
    client.post("order/create", **LIMIT, orderLinkId="gone")
    client.post("order/cancel", **PAIR, orderLinkId="gone")
    for fields, wanted in (
        ({"orderStatus": "Filled"}, ["filled"]),
        ({"orderLinkId": "gone"}, ["gone"]),
        ({"symbol": "ETHUSDT"}, []),
        ({}, ["gone", "filled"]),
    ):
        rows = listed(client.get("order/history", category="linear", **fields))
        assert [row["orderLinkId"] for row in rows] == wanted


def test_executions_can_be_asked_by_order(client: Client) -> None:
    """By link id or kind."""
    client.post("order/create", **MARKET, orderLinkId="a")
    client.post("order/create", **MARKET, orderLinkId="b")
    rows = listed(client.get("execution/list", category="linear", orderLinkId="b"))
    assert {row["orderLinkId"] for row in rows} == {"b"}
    assert listed(client.get("execution/list", category="linear", execType="Funding")) == []


def test_partial_stops_come_in_pairs(client: Client) -> None:
    """Sizes must agree; limit stops need Partial mode."""
    client.post("order/create", **MARKET)
    stop = {**PAIR, "positionIdx": 1, "takeProfit": "65000", "stopLoss": "55000"}
    path = "position/trading-stop"
    sizes = {"tpSize": "0.1", "slSize": "0.2"}
    assert client.post(path, **stop, tpslMode="Partial", **sizes)["retCode"] == 10001
    limit = {"tpOrderType": "Limit", "tpLimitPrice": "65000"}
    assert client.post(path, **stop, tpslMode="Full", **limit)["retCode"] == 10001
    sizes = {"tpSize": "0.1", "slSize": "0.1"}
    answer = client.post("position/trading-stop", **stop, tpslMode="Partial", **sizes, **limit)
    assert answer["retCode"] == 0
    rows = listed(client.get("order/realtime", **PAIR))
    assert sorted((row["stopOrderType"], row["orderType"], row["qty"]) for row in rows) == [
        ("PartialStopLoss", "Market", "0.100"),
        ("PartialTakeProfit", "Limit", "0.100"),
    ]


def test_a_stop_needs_a_leg_and_a_value(client: Client) -> None:
    """Flat leg, wrong index, or nothing to set."""
    stop = {**PAIR, "tpslMode": "Full", "stopLoss": "55000"}
    answer = client.post("position/trading-stop", **stop, positionIdx=1)
    assert answer["retMsg"] == "can not set tp/sl/ts for zero position"
    answer = client.post("position/trading-stop", **stop, positionIdx=0)
    assert answer["retMsg"] == "position idx not match position mode"
    answer = client.post("position/trading-stop", **PAIR, tpslMode="Full", positionIdx=1)
    assert answer["retCode"] == 10001


def test_switching_by_coin_spares_what_is_open(client: Client) -> None:
    """Only symbols without position and order switch; the default follows."""
    client.post("order/create", **LIMIT)
    answer = client.post("position/switch-mode", category="linear", coin="USDT", mode=0)
    assert answer["retCode"] == 0
    modes = []
    for symbol in ("BTCUSDT", "ETHUSDT"):
        rows = listed(client.get("position/list", category="linear", symbol=symbol))
        modes.append([row["positionIdx"] for row in rows])
    assert modes == [[1, 2], [0]]
    answer = client.post("position/switch-mode", **PAIR, mode=0)
    assert answer["retCode"] == 110028
    assert client.post("position/switch-mode", **PAIR, mode=7)["retCode"] == 10001


def test_isolated_margin_and_its_leg(client: Client) -> None:
    """Margin mode switches while flat; margin can be added; totals are then empty."""
    answer = client.post("account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert answer["result"] == {"reasons": []}
    client.post("order/create", **MARKET)
    answer = client.post("position/add-margin", **PAIR, positionIdx=1, margin="50")
    assert answer["retCode"] == 0
    assert client.post("position/add-margin", **PAIR, positionIdx=1, margin="-60")["retCode"] != 0
    auto = {**PAIR, "positionIdx": 1, "autoAddMargin": 1}
    assert client.post("position/set-auto-add-margin", **auto)["retCode"] == 0
    assert client.post("position/set-auto-add-margin", **auto)["retCode"] == 110027
    row = listed(client.get("position/list", **PAIR))[0]
    assert (row["tradeMode"], row["autoAddMargin"]) == (1, 1)
    assert Decimal(row["bustPrice"]) < Decimal(row["liqPrice"]) < Decimal(row["avgPrice"])
    blocked = client.post("account/set-margin-mode", setMarginMode="REGULAR_MARGIN")
    assert blocked["retCode"] == 3400045
    assert blocked["result"]["reasons"]
    wallet = listed(client.get("account/wallet-balance", accountType="UNIFIED"))[0]
    assert wallet["accountMMRate"] == ""


def test_the_wallet_adds_up(client: Client) -> None:
    """Equity is wallet plus unrealised; deprecated fields are empty."""
    client.post("order/create", **MARKET)
    wait(client, 3)
    wallet = listed(client.get("account/wallet-balance", accountType="UNIFIED"))[0]
    coin = wallet["coin"][0]
    equity = Decimal(coin["walletBalance"]) + Decimal(coin["unrealisedPnl"])
    assert Decimal(coin["equity"]) == equity == Decimal(wallet["totalEquity"])
    held = Decimal(wallet["totalInitialMargin"])
    assert Decimal(wallet["totalAvailableBalance"]) == equity - held
    assert coin["availableToWithdraw"] == coin["free"] == ""
    answer = client.get("account/wallet-balance", accountType="SPOT")
    assert answer["retCode"] == 10001


def test_the_break_even_price_pays_the_fees(client: Client) -> None:
    """Closing there leaves nothing gained and nothing lost, by the vendor's formula."""
    client.post("order/create", **MARKET)
    row = listed(client.get("position/list", **PAIR))[0]
    entry, qty = Decimal(row["avgPrice"]), Decimal(row["size"])
    fees = -Decimal(row["curRealisedPnl"])
    wanted = (entry * qty + fees) / (qty - qty * Decimal("0.00055"))
    assert abs(Decimal(row["breakEvenPrice"]) - wanted) < Decimal("0.00001")


def test_keys_tell_that_they_may_not_withdraw(client: Client) -> None:
    """What a careful bot checks before it trades."""
    answer = client.get("user/query-api")["result"]
    assert (answer["apiKey"], answer["uta"], answer["readOnly"]) == (KEY, 1, 0)
    assert "Withdraw" not in answer["permissions"]["Wallet"]
    assert client.get("asset/coin/query-info")["result"] == {"rows": []}


def test_unknown_public_topics_do_not_open(client: Client) -> None:
    """Names must match exactly."""
    exchange = client.bybit.exchange
    for name in ("kline.2.BTCUSDT", "orderbook.7.BTCUSDT", "tickers.NOPE", "kline.BTCUSDT", ""):
        assert open_topic(exchange, name) is None
    assert open_topic(exchange, "orderbook.1000.BTCUSDT") is not None
    assert "order" in PRIVATE_TOPICS
