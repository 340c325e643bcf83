"""Whatever is sent, the answer has the right shape: never a 500, never a crash."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_simulator.protocols.okx.rest import ROUTES
from exchange_simulator.protocols.okx.sockets import SOCKET_PATHS
from tests.unit.exchange_simulator.builders import MINUTE_US, frames
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR, make_okx

OKX, CLIENT = make_okx([str(60_000 + (number * 37) % 90) for number in range(5000)])
NAMES = (
    *("instId", "tdMode", "side", "posSide", "ordType", "sz", "px", "clOrdId", "ordId", "tag"),
    *("reduceOnly", "attachAlgoOrds", "tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx"),
    *("triggerPx", "orderPx", "callbackRatio", "callbackSpread", "activePx", "closeFraction"),
    *("algoId", "algoClOrdId", "newSz", "newPx", "newSlTriggerPx", "posMode", "lever", "mgnMode"),
    *("instType", "bar", "limit", "after", "before", "begin", "end", "state", "type", "amt"),
    *("stpMode", "instFamily", "instIdCode", "autoCxl", "tpTriggerPxType"),
)
SENSIBLE = st.sampled_from(
    [
        *(PAIR, "cross", "isolated", "buy", "sell", "long", "short", "net", "market", "limit"),
        *("post_only", "fok", "1", "10", "0.1", "60000", "59000", "61000", "-1", "conditional"),
        *("oco", "trigger", "move_order_stop", "0.01", "SWAP", "1m", "1D", "mark", "last", "5"),
        *("long_short_mode", "net_mode", "add", "live", "canceled", "true", "1e9", "NaN", ""),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | SENSIBLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = st.dictionaries(st.sampled_from(NAMES), SENSIBLE | ANYTHING, max_size=12)
BASE = {"instId": PAIR, "tdMode": "cross", "side": "buy", "posSide": "long", "sz": "1"}


def check_envelope(reply: Any) -> None:
    """An answer is an envelope with code, msg and a list of data."""
    answer = json.loads(reply.body)
    assert reply.status in (200, 400, 401, 429)
    assert {"code", "msg", "data"} <= set(answer)
    assert isinstance(answer["code"], str)
    assert isinstance(answer["data"], list)


@settings(max_examples=700, deadline=None)
@given(
    route=st.sampled_from(sorted(ROUTES)),
    fields=FIELDS,
    based=st.booleans(),
    listed=st.booleans(),
)
def test_any_fields_get_an_envelope(
    route: tuple[str, str], fields: dict[str, Any], based: bool, listed: bool
) -> None:
    """Every route bears any combination of fields."""
    method, path = route
    fields = {**BASE, **fields} if based else fields
    if method == "POST":
        body = json.dumps([fields, BASE] if listed else fields).encode()
        check_envelope(CLIENT.raw("POST", path, body))
    else:
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        check_envelope(CLIENT.raw("GET", f"{path}?{query}"))
    OKX.advance(OKX.exchange.clock.wall_us + MINUTE_US // 100)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=60), route=st.sampled_from(sorted(ROUTES)))
def test_any_bytes_get_an_envelope(body: bytes, route: tuple[str, str]) -> None:
    """A body that is no JSON is 50002."""
    if route[0] == "POST":
        check_envelope(CLIENT.raw("POST", route[1], body))


@settings(max_examples=300, deadline=None)
@given(
    path=st.sampled_from(sorted(SOCKET_PATHS)),
    message=st.binary(max_size=40).filter(lambda data: data.strip() != b"ping")
    | st.fixed_dictionaries(
        {"op": st.sampled_from(["login", "subscribe", "unsubscribe", "order", "x"])},
        optional={
            "args": ANYTHING
            | st.lists(FIELDS, max_size=2)
            | st.just([{"channel": "books", "instId": PAIR}]),
            "id": ANYTHING,
        },
    ).map(lambda fields: json.dumps(fields).encode()),
)
def test_any_frame_gets_a_frame(path: str, message: bytes) -> None:
    """Every socket answers anything with one JSON object, and lives on."""
    connection = CLIENT.socket(path.rpartition("/")[2])
    OKX.receive(connection, message)
    answers = frames(connection)
    assert answers
    assert all(isinstance(answer, dict) for answer in answers)
    OKX.disconnect(connection)


def test_money_is_conserved_after_all_of_that() -> None:
    """Cash of all accounts, with unrealised profit and fees, sums to the deposits."""
    exchange = OKX.exchange
    mark = {symbol: market.mark for symbol, market in exchange.markets.items()}
    total = sum(
        account.wallet
        + account.fees_paid
        + sum(leg.unrealised(mark[leg.symbol]) for leg in account.held())
        for account in exchange.by_id.values()
    )
    assert total == sum(account.deposited for account in exchange.by_id.values())
