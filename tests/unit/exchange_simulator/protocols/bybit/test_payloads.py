"""Our answers have every field of the vendor's examples, with the same JSON type."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.exchange_simulator.builders import (
    MINUTE_US,
    START_MS,
    Client,
    frames,
    make_bybit,
)

EXAMPLES = Path(__file__).parents[6] / "shared" / "data" / "payloads" / "bybit"
pytestmark = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="the vendor's payload examples are not on this machine"
)
PAIR = {"category": "linear", "symbol": "BTCUSDT"}
MARKET = {**PAIR, "side": "Buy", "orderType": "Market", "qty": "0.1", "positionIdx": 1}
LIMIT = {**MARKET, "orderType": "Limit", "price": "59000", "takeProfit": "65000"}


def example(name: str) -> Any:
    """Read an example by its file's stem."""
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def missing(wanted: Any, given: Any, place: str = "") -> list[str]:
    """Return what the example has and the answer lacks or has in another type."""
    if isinstance(wanted, bool) or isinstance(given, bool):
        return [] if type(wanted) is type(given) else [f"{place}: {wanted!r} against {given!r}"]
    if isinstance(wanted, dict) and isinstance(given, dict):
        if place.endswith(".cumFeeDetail"):
            return []
        lacks = [f"{place}.{name}" for name in wanted if name not in given]
        shared = [name for name in wanted if name in given]
        return lacks + [
            row for name in shared for row in missing(wanted[name], given[name], f"{place}.{name}")
        ]
    if isinstance(wanted, list) and isinstance(given, list):
        if not wanted:
            return []
        if not given:
            return [f"{place}: empty list"]
        return missing(wanted[0], given[0], f"{place}[0]")
    # An absent object is null, and `extraFees` is a list or an empty text in the vendor's own.
    if wanted is None or given is None or place.endswith(".extraFees"):
        return []
    same = isinstance(wanted, type(given)) or isinstance(given, type(wanted))
    return [] if same else [f"{place}: {wanted!r} against {given!r}"]


def traded() -> Client:
    """A client that holds a long, has a resting order, closed something, and paid funding."""
    bybit, client = make_bybit(["60000"] * 600, rates={START_MS + 28_800_000: 0.0001})
    client.post("order/create", **MARKET)
    bybit.advance(bybit.exchange.clock.wall_us + 482 * MINUTE_US)
    client.post("order/create", **{**MARKET, "side": "Sell", "qty": "0.05", "reduceOnly": True})
    client.post("order/create", **LIMIT, orderLinkId="payload")
    return client


GETS = {
    "market__time__0_0": ("market/time", {}),
    "market__instrument__0_0": ("market/instruments-info", {"category": "linear"}),
    "market__kline__0_0": ("market/kline", {**PAIR, "interval": "1"}),
    "market__mark-kline__0_0": ("market/mark-price-kline", {**PAIR, "interval": "1"}),
    "market__index-kline__0_0": ("market/index-price-kline", {**PAIR, "interval": "1"}),
    "market__tickers__0_0": ("market/tickers", PAIR),
    "market__orderbook__0_0": ("market/orderbook", PAIR),
    "market__recent-trade__0_0": ("market/recent-trade", PAIR),
    "market__history-fund-rate__0_0": ("market/funding/history", PAIR),
    "market__open-interest__0_0": ("market/open-interest", {**PAIR, "intervalTime": "1h"}),
    "account__account-info__0_0": ("account/info", {}),
    "account__fee-rate__0_0": ("account/fee-rate", PAIR),
    "account__transaction-log__0_0": ("account/transaction-log", {}),
    "account__wallet-balance__0_0": ("account/wallet-balance", {"accountType": "UNIFIED"}),
    "order__execution__0_0": ("execution/list", PAIR),
    "order__open-order__0_0": ("order/realtime", PAIR),
    "order__order-list__0_0": ("order/history", PAIR),
    "position__close-pnl__0_0": ("position/closed-pnl", PAIR),
    "position__position__0_0": ("position/list", PAIR),
}


@pytest.mark.parametrize("name", sorted(GETS))
def test_answers_to_get_have_the_vendors_fields(name: str) -> None:
    """Every field of the example, with its type."""
    client = traded()
    path, fields = GETS[name]
    assert missing(example(name), client.get(path, **fields)) == []


def test_answers_to_post_have_the_vendors_fields() -> None:
    """Create, amend, cancel, cancel-all, batches, leverage, mode, stops."""
    client = traded()
    ids = {**PAIR, "orderLinkId": "payload"}
    made = client.post("order/create", **LIMIT)
    lacks = missing(example("order__create-order__0_0"), made)
    lacks += missing(
        example("order__amend-order__0_0"), client.post("order/amend", **ids, qty="0.2")
    )
    lacks += missing(example("order__cancel-order__0_0"), client.post("order/cancel", **ids))
    lacks += missing(example("order__cancel-all__0_0"), client.post("order/cancel-all", **PAIR))
    batch = client.post("order/create-batch", category="linear", request=[LIMIT, LIMIT])
    lacks += missing(example("order__batch-place__0_0"), batch)
    ends = [{"symbol": "BTCUSDT", "orderId": row["orderId"]} for row in batch["result"]["list"]]
    changes = [{**end, "qty": "0.3"} for end in ends]
    amended = client.post("order/amend-batch", category="linear", request=changes)
    lacks += missing(example("order__batch-amend__0_0"), amended)
    canceled = client.post("order/cancel-batch", category="linear", request=ends)
    lacks += missing(example("order__batch-cancel__0_0"), canceled)
    stop = {**PAIR, "tpslMode": "Full", "positionIdx": 1, "stopLoss": "50000"}
    lacks += missing(
        example("position__trading-stop__0_0"), client.post("position/trading-stop", **stop)
    )
    both = {"buyLeverage": "7", "sellLeverage": "7"}
    lacks += missing(
        example("position__leverage__0_0"), client.post("position/set-leverage", **PAIR, **both)
    )
    assert lacks == []


def test_adding_margin_answers_with_the_leg() -> None:
    """The answer is the position's row."""
    _, client = make_bybit(["60000"] * 5)
    client.post("account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    client.post("order/create", **MARKET)
    answer = client.post("position/add-margin", **PAIR, positionIdx=1, margin="10")
    assert missing(example("position__manual-add-margin__0_0"), answer) == []


PUBLIC = {
    "websocket__public__kline__0_0": "kline.5.BTCUSDT",
    "websocket__public__trade__0_0": "publicTrade.BTCUSDT",
    "websocket__public__orderbook__0_0": "orderbook.50.BTCUSDT",
}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_frames_have_the_vendors_fields(name: str) -> None:
    """Every field of the example's frame."""
    bybit, client = make_bybit(["60000", "60100"] * 10)
    public = client.socket("/v5/public/linear", PUBLIC[name])
    bybit.advance(bybit.exchange.clock.wall_us + 6 * MINUTE_US)
    assert missing(example(name), frames(public)[1]) == []


def test_ticker_frames_have_the_vendors_fields() -> None:
    """The example is a list whose first frame is a linear snapshot."""
    _, client = make_bybit(["60000"] * 20)
    public = client.socket("/v5/public/linear", "tickers.BTCUSDT")
    assert missing(example("websocket__public__ticker__0_0")[0], frames(public)[1]) == []


def test_private_frames_have_the_vendors_fields() -> None:
    """Order, execution, fast execution, position and wallet frames."""
    _, client = make_bybit(["60000"] * 20)
    names = {
        "order": "websocket__private__order__1_0",
        "execution": "websocket__private__execution__1_0",
        "execution.fast": "websocket__private__fast-execution__1_0",
        "position": "websocket__private__position__1_0",
        "wallet": "websocket__private__wallet__1_0",
    }
    private = client.socket("/v5/private", *names)
    private.drain()
    client.post("order/create", **MARKET)
    seen = {message["topic"]: message for message in frames(private)}
    lacks = [row for topic in names for row in missing(example(names[topic]), seen[topic], topic)]
    assert lacks == []
