"""The typed shapes of Bybit's messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit import wire
from tests.builders.bybit_frames import execution_row, order_row, position_row


def test_numbers_as_text_and_as_numbers_are_the_same() -> None:
    """Times and indexes arrive as either, depending on the endpoint."""
    as_text = wire.decode_order(json.dumps(order_row(updatedTime="17", positionIdx="2")).encode())
    as_number = wire.decode_order(json.dumps(order_row(updatedTime=17, positionIdx=2)).encode())
    assert as_text == as_number


def test_fields_that_we_do_not_know_are_passed_over() -> None:
    """The vendor adds fields at any time."""
    row = order_row(brandNew={"deep": [1, 2, {"x": None}]})
    assert wire.decode_order(json.dumps(row).encode()).qty == "0.010"


@pytest.mark.parametrize(
    ("decoder", "row", "missing"),
    [
        (wire.decode_order, order_row(), "positionIdx"),
        (wire.decode_order, order_row(), "reduceOnly"),
        (wire.decode_order, order_row(), "cumExecQty"),
        (wire.decode_order, order_row(), "updatedTime"),
        (wire.decode_execution, execution_row(), "execId"),
        (wire.decode_execution, execution_row(), "isMaker"),
        (wire.decode_position, position_row(), "positionIdx"),
        (wire.decode_position, position_row(), "size"),
    ],
)
def test_what_decides_must_be_there(decoder: Any, row: dict[str, Any], missing: str) -> None:
    """A row without a deciding field is malformed: no default stands in for it."""
    del row[missing]
    with pytest.raises(MalformedMessage, match=missing):
        wire.decode(decoder, json.dumps(row).encode(), "row")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"retCode":"x"}', b'{"retCode":1e400}'],
)
def test_bytes_that_are_no_envelope_are_malformed(data: bytes) -> None:
    """One kind of error for everything, which names what it was."""
    with pytest.raises(MalformedMessage, match="an answer"):
        wire.decode(wire.decode_envelope, data, "an answer")


def test_deep_nesting_is_malformed_and_not_fatal() -> None:
    """A message nested beyond reason ends as a malformed one."""
    with pytest.raises(MalformedMessage):
        wire.decode(wire.decode_frame, b"[" * 1_000_000, "frame")


@pytest.mark.parametrize("stamp", [-1, 10**15, "soon"])
def test_times_outside_this_century_are_malformed(stamp: object) -> None:
    """A time that no exchange can mean is no time."""
    with pytest.raises(MalformedMessage):
        wire.decode(wire.decode_order, json.dumps(order_row(updatedTime=stamp)).encode(), "order")
