"""Whatever is sent, the answer has the right shape: never a 500, never a crash."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_simulator.protocols.bybit.protocol import SOCKET_PATHS
from exchange_simulator.protocols.bybit.rest import ROUTES
from tests.unit.exchange_simulator.builders import MINUTE_US, frames, make_bybit

BYBIT, CLIENT = make_bybit([str(60_000 + (number * 37) % 90) for number in range(5000)])
NAMES = (
    *("category", "symbol", "side", "orderType", "qty", "price", "positionIdx", "timeInForce"),
    *("reduceOnly", "closeOnTrigger", "orderLinkId", "orderId", "triggerPrice", "cursor"),
    *("triggerDirection", "takeProfit", "stopLoss", "trailingStop", "tpslMode", "tpSize"),
    *("buyLeverage", "sellLeverage", "mode", "interval", "limit", "start", "end", "startTime"),
    *("endTime", "settleCoin", "baseCoin", "openOnly", "request", "margin", "setMarginMode"),
    *("autoAddMargin", "activePrice", "coin", "accountType", "orderFilter", "triggerBy"),
)
SENSIBLE = st.sampled_from(
    [
        *("linear", "BTCUSDT", "Buy", "Sell", "Limit", "Market", "0.1", "60000", "1", "2", "0"),
        *("3", "GTC", "PostOnly", "Full", "Partial", "USDT", "61000", "5", "D", "Order", ""),
        *("LastPrice", "MarkPrice", "ISOLATED_MARGIN", "59000", "-1", "1e9", "0.0000001"),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | SENSIBLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = st.dictionaries(st.sampled_from(NAMES), SENSIBLE | ANYTHING, max_size=12)
BASE = {"category": "linear", "symbol": "BTCUSDT", "positionIdx": 1}


def check_envelope(reply: Any) -> None:
    """An answer is an envelope in HTTP 200."""
    answer = json.loads(reply.body)
    assert reply.status == 200
    assert set(answer) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
    assert isinstance(answer["retCode"], int)
    assert isinstance(answer["retMsg"], str)
    assert isinstance(answer["result"], dict)


@settings(max_examples=600, deadline=None)
@given(route=st.sampled_from(sorted(ROUTES)), fields=FIELDS, based=st.booleans())
def test_any_fields_get_an_envelope(
    route: tuple[str, str], fields: dict[str, Any], based: bool
) -> None:
    """Every route bears any combination of fields."""
    method, path = route
    fields = {**BASE, **fields} if based else fields
    if method == "POST":
        check_envelope(CLIENT.raw("POST", path, json.dumps(fields).encode()))
    else:
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        query = query.encode("ascii", "replace").decode().replace(" ", "+").replace("#", "")
        check_envelope(CLIENT.raw("GET", f"{path}?{query}"))
    BYBIT.advance(BYBIT.exchange.clock.wall_us + MINUTE_US // 100)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=60), route=st.sampled_from(sorted(ROUTES)))
def test_any_bytes_get_an_envelope(body: bytes, route: tuple[str, str]) -> None:
    """A body that is no JSON, or no object, is a parameter error."""
    method, path = route
    if method == "POST":
        check_envelope(CLIENT.raw("POST", path, body))


@settings(max_examples=200, deadline=None)
@given(body=st.text(alphabet='[{"', min_size=1, max_size=4000))
def test_deep_nesting_is_an_error_answer(body: str) -> None:
    """Brackets without end do not exhaust the stack."""
    check_envelope(CLIENT.raw("POST", "/v5/order/create", body.encode()))


@settings(max_examples=300, deadline=None)
@given(
    path=st.sampled_from(sorted(SOCKET_PATHS)),
    message=st.binary(max_size=40)
    | st.fixed_dictionaries(
        {"op": st.sampled_from(["auth", "ping", "subscribe", "unsubscribe", "order.create", "x"])},
        optional={"args": ANYTHING, "req_id": ANYTHING, "reqId": ANYTHING, "header": ANYTHING},
    ).map(lambda fields: json.dumps(fields).encode()),
)
def test_any_frame_gets_a_frame(path: str, message: bytes) -> None:
    """Every socket answers anything with one JSON object, and lives on."""
    connection = CLIENT.socket(path)
    connection.drain()
    BYBIT.receive(connection, message)
    answers = frames(connection)
    assert answers
    assert all(isinstance(answer, dict) for answer in answers)
    BYBIT.disconnect(connection)
