"""The languages: fates of answers, refusals for the rate, roles of sockets, and orders put back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.wire.languages.binance import BINANCE
from readiness.wire.languages.bybit import BYBIT
from readiness.wire.languages.language import Language, as_list, as_mapping, text_of
from readiness.wire.languages.okx import OKX
from readiness.wire.traffic import LANGUAGES
from readiness.wire.words import Fate
from tests.unit.readiness.wire.recordings import CREATE, frame, order, request

YES, NO, UNSURE = Fate.ACCEPTED, Fate.REFUSED, Fate.UNKNOWN


@pytest.mark.parametrize(
    ("language", "status", "body", "fate"),
    [
        (BYBIT, 200, {"retCode": 0}, YES),
        (BYBIT, 200, {"retCode": 110007}, NO),
        (BYBIT, 200, {"retCode": 10016}, UNSURE),
        (BYBIT, 403, None, NO),
        (BYBIT, 502, None, UNSURE),
        (BINANCE, 200, {"orderId": 1}, YES),
        (BINANCE, 400, {"code": -2019}, NO),
        (BINANCE, 408, {"code": -1007}, UNSURE),
        (BINANCE, 503, {"code": -1008}, NO),
        (BINANCE, 503, {"msg": "Unknown error"}, UNSURE),
        (BINANCE, 0, None, UNSURE),
        (BINANCE, 418, None, NO),
        (BINANCE, 200, {"error": {"code": -2019}}, NO),
        (OKX, 200, {"code": "0", "data": [{"sCode": "0"}]}, YES),
        (OKX, 200, {"code": "1", "data": [{"sCode": "51008"}]}, NO),
        (OKX, 200, {"code": "2", "data": [{"sCode": "0"}, {"sCode": "51008"}]}, YES),
        (OKX, 200, {"code": "50004"}, UNSURE),
        (OKX, 200, {"code": "50011"}, NO),
        (OKX, 429, None, NO),
        (OKX, 502, None, UNSURE),
    ],
)
def test_an_answer_tells_the_fate_of_an_order(
    language: Language, status: int, body: Any, fate: Fate
) -> None:
    """Accepted, refused, or nothing known, as each exchange says it."""
    assert language.fate(status, body, 0) is fate


def test_each_order_of_a_batch_has_its_own_fate() -> None:
    """OKX and Binance answer one by one."""
    body: Any = {"code": "2", "data": [{"sCode": "0"}, {"sCode": "51008"}]}
    assert [OKX.fate(200, body, index) for index in (0, 1)] == [YES, NO]
    body = [{"orderId": 1}, {"code": -2019}]
    assert [BINANCE.fate(200, body, index) for index in (0, 1, 2)] == [YES, NO, UNSURE]


@pytest.mark.parametrize("language", LANGUAGES.values())
def test_a_refusal_for_the_rate_is_known(language: Language) -> None:
    """The answer that defects are planted with is one, and an accepting answer is none."""
    assert language.is_limited(language.refusal_status, dict(language.refusal))
    assert language.fate(language.refusal_status, dict(language.refusal), 0) is NO
    assert not language.is_limited(200, {"retCode": 0, "code": "0"})
    assert language.is_limited(429, None)


@pytest.mark.parametrize(
    ("language", "path", "role"),
    [
        (BYBIT, "/v5/public/linear", "public"),
        (BYBIT, "/v5/private?max_active_time=60s", "private"),
        (BYBIT, "/v5/trade", "trade"),
        (BINANCE, "/market/ws", "public"),
        (BINANCE, "/stream?streams=btcusdt@kline_1m", "public"),
        (BINANCE, f"/stream?streams={'k' * 64}", "private"),
        (BINANCE, "/ws-fapi/v1", "trade"),
        (OKX, "/ws/v5/public", "public"),
        (OKX, "/ws/v5/business", "business"),
        (OKX, "/ws/v5/private", "private"),
    ],
)
def test_a_sockets_role_is_in_its_address(language: Language, path: str, role: str) -> None:
    """Which of the exchange's sockets it is."""
    assert language.role(path) == role


@pytest.mark.parametrize("name", LANGUAGES)
def test_orders_that_are_put_back_read_the_same(name: str) -> None:
    """Taking orders out of a request and putting them in again changes nothing of them."""
    language = LANGUAGES[name]
    event = order(name, 1, "long", "buy", "a", "1")
    told = language.told(event)
    again = language.retold(event, told)
    assert language.told(again) == told
    changed = [{**told[0], language.field_names["name"]: "b"}]
    assert (
        language.command("create", 1, language.told(language.retold(event, changed))[0]).name == "b"
    )


BATCHES: list[tuple[str, str, Any]] = [
    ("bybit", "/v5/order/create-batch", {"category": "linear", "request": [{"qty": "1"}, {}]}),
    ("okx", "/api/v5/trade/batch-orders", [{"sz": "1"}, {"sz": "2"}]),
    ("binance", "/fapi/v1/batchOrders", 'batchOrders=[{"quantity":"1"},{"quantity":"2"}]'),
]


@pytest.mark.parametrize(("name", "path", "body"), BATCHES)
def test_a_batch_is_taken_apart_and_put_together(name: str, path: str, body: Any) -> None:
    """Each of its orders is one."""
    language = LANGUAGES[name]
    event = request(name, 1, "POST", path, body)
    told = language.told(event)
    assert len(told) == 2
    assert language.told(language.retold(event, told)) == told


FRAMES: list[tuple[str, Any]] = [
    ("bybit", {"op": "order.create", "args": [{"symbol": "X"}]}),
    ("bybit", {"op": "order.create-batch", "args": [{"request": [{"symbol": "X"}, {}]}]}),
    ("binance", {"method": "order.place", "params": {"symbol": "X"}}),
    ("okx", {"op": "order", "args": [{"instId": "X"}]}),
]


@pytest.mark.parametrize(("name", "told"), FRAMES)
def test_orders_by_frame_are_put_back_too(name: str, told: Any) -> None:
    """As they were said."""
    language, event = LANGUAGES[name], frame(name, 1, "in", "s", told)
    again = language.retold(event, language.told(event))
    assert json.loads(again["frame"]["text"]) == told


def test_conditional_orders_protect_or_enter() -> None:
    """On Binance and OKX both live in the same service; the side tells."""
    leg = {"positionSide": "SHORT", "type": "STOP_MARKET", "triggerPrice": "9"}
    protects = BINANCE.command("algo", 1, {**leg, "side": "BUY"})
    assert (protects.kind, protects.stop) == ("stop", "9")
    assert BINANCE.command("algo", 1, {**leg, "side": "SELL"}).enters
    target = BINANCE.command("algo", 1, {**leg, "side": "BUY", "type": "TAKE_PROFIT_MARKET"})
    assert (target.kind, target.stop) == ("stop", "")
    leg = {"posSide": "long", "ordType": "conditional", "slTriggerPx": "9"}
    assert OKX.command("algo", 1, {**leg, "side": "sell"}).kind == "stop"
    assert OKX.command("algo", 1, {**leg, "side": "buy"}).enters


def test_a_place_is_a_method_and_a_path() -> None:
    """The same path takes new orders and cancels on Binance."""
    assert BINANCE.places[f"POST {CREATE['binance']}"] == "create"
    assert BINANCE.places[f"DELETE {CREATE['binance']}"] == "cancel"
    for language in LANGUAGES.values():
        assert set(language.socket_places.values()) <= set(language.places)


def test_what_is_no_json_is_nothing() -> None:
    """Neither an object nor a list."""
    assert (as_mapping("["), as_mapping("[]"), as_list("x"), as_list("3")) == ({}, {}, [], [])
    assert as_list('{"a": 1}') == [{"a": 1}]
    assert text_of({"a": None, "b": "", "c": 0}, "a", "b", "c") == "0"
