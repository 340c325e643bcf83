"""Whatever is sent, the answer has the right shape: never a 500, never a crash."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.exchange_simulator.builders import MINUTE_US, frames
from tests.unit.exchange_simulator.protocols.binance.speaking import make_binance

BINANCE, CLIENT = make_binance([str(60_000 + (number * 37) % 90) for number in range(5000)])
ROUTES = sorted(BINANCE.rest.routes)
NAMES = (
    *("symbol", "side", "positionSide", "type", "quantity", "price", "timeInForce", "reduceOnly"),
    *("newClientOrderId", "orderId", "origClientOrderId", "algoType", "triggerPrice", "limit"),
    *("closePosition", "callbackRate", "activatePrice", "workingType", "algoId", "clientAlgoId"),
    *("leverage", "marginType", "dualSidePosition", "interval", "startTime", "endTime", "pair"),
    *("batchOrders", "orderIdList", "origClientOrderIdList", "amount", "incomeType", "fromId"),
    *("contractType", "newOrderRespType", "selfTradePreventionMode", "listenKey", "recvWindow"),
)
SENSIBLE = st.sampled_from(
    [
        *("BTCUSDT", "BUY", "SELL", "LONG", "SHORT", "BOTH", "LIMIT", "MARKET", "0.1", "60000"),
        *("GTC", "GTX", "FOK", "STOP_MARKET", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET", "1"),
        *("CONDITIONAL", "true", "false", "59000", "61000", "1m", "1d", "5", "500", "ISOLATED"),
        *("RESULT", "[{}]", '[{"symbol":"BTCUSDT"}]', "[1]", "-1", "1e9", "0.0000001", "NaN", ""),
    ]
)
ANYTHING = SENSIBLE | st.text(max_size=12) | st.integers().map(str) | st.floats().map(str)
FIELDS = st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=12)
BASE = {"symbol": "BTCUSDT", "positionSide": "LONG", "side": "BUY", "quantity": "0.01"}


def check_answer(reply: Any) -> None:
    """An answer is JSON; an error is HTTP 4xx with a code and a text."""
    answer = json.loads(reply.body)
    assert reply.status in (200, 400, 401, 418, 429)
    assert "X-MBX-USED-WEIGHT-1M" in reply.headers
    if reply.status != 200:
        assert set(answer) == {"code", "msg"}
        assert answer["code"] < 0


@settings(max_examples=700, deadline=None)
@given(route=st.sampled_from(ROUTES), fields=FIELDS, based=st.booleans(), form=st.booleans())
def test_any_parameters_get_an_answer(
    route: tuple[str, str], fields: dict[str, Any], based: bool, form: bool
) -> None:
    """Every route bears any combination of parameters, in the query or as a form."""
    method, path = route
    signed = CLIENT.signed({**BASE, **fields} if based else dict(fields))
    if form and method != "GET":
        check_answer(CLIENT.raw(method, path, signed.encode()))
    else:
        check_answer(CLIENT.raw(method, f"{path}?{signed}"))
    BINANCE.advance(BINANCE.exchange.clock.wall_us + MINUTE_US // 100)


@settings(max_examples=300, deadline=None)
@given(route=st.sampled_from(ROUTES), query=st.text(max_size=40), body=st.binary(max_size=60))
def test_any_bytes_get_an_answer(route: tuple[str, str], query: str, body: bytes) -> None:
    """Bytes that are no parameters are an error, not a crash."""
    check_answer(CLIENT.raw(route[0], f"{route[1]}?{query}", body))


@settings(max_examples=400, deadline=None)
@given(
    path=st.sampled_from(["/ws", "/stream", "/ws-fapi/v1", "/private/ws"]),
    message=st.binary(max_size=40)
    | st.fixed_dictionaries(
        {
            "method": st.sampled_from(
                ["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "order.place", "time", "x"]
            )
            | st.integers()
        },
        optional={
            "id": st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.none(),
            "params": st.lists(st.text(max_size=9) | st.integers(0, 9) | st.none(), max_size=3)
            | FIELDS
            | st.just(["btcusdt@depth", "btcusdt@kline_1m"]),
        },
    ).map(lambda fields: json.dumps(fields).encode()),
)
def test_any_frame_gets_a_frame(path: str, message: bytes) -> None:
    """Every socket answers anything with one JSON object, and lives on."""
    connection = BINANCE.connect(path)
    assert connection is not None
    BINANCE.receive(connection, message)
    answers = frames(connection)
    assert answers
    assert all(isinstance(answer, dict) for answer in answers)
    BINANCE.disconnect(connection)


def test_money_is_conserved_after_all_of_that() -> None:
    """Cash of all accounts, with unrealised profit and fees, sums to the deposits."""
    exchange = BINANCE.exchange
    mark = {symbol: market.mark for symbol, market in exchange.markets.items()}
    total = sum(
        account.wallet
        + account.fees_paid
        + sum(leg.unrealised(mark[leg.symbol]) for leg in account.held())
        for account in exchange.by_id.values()
    )
    assert total == sum(account.deposited for account in exchange.by_id.values())
