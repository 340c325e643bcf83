"""The typed shapes of OKX's messages."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.okx import wire
from tests.builders.okx_frames import (
    account_row,
    algo_row,
    fill_row,
    instrument_row,
    order_row,
    position_row,
)

ROWS: list[tuple[Any, dict[str, Any]]] = [
    (wire.decode_order, order_row()),
    (wire.decode_fill, fill_row()),
    (wire.decode_algo, algo_row()),
    (wire.decode_position, position_row()),
    (wire.decode_balance, account_row()),
    (wire.decode_instrument, instrument_row()),
]
DECIDES = [
    (0, "instId"),
    (0, "posSide"),
    (0, "accFillSz"),
    (0, "state"),
    (0, "uTime"),
    (1, "tradeId"),
    (1, "execType"),
    (1, "fee"),
    (2, "algoId"),
    (2, "posSide"),
    (2, "state"),
    (3, "pos"),
    (3, "posSide"),
    (4, "details"),
    (4, "uTime"),
    (5, "ctVal"),
    (5, "lotSz"),
    (5, "settleCcy"),
]


def test_fields_that_we_do_not_know_are_passed_over() -> None:
    """The vendor adds fields at any time."""
    for decoder, row in ROWS:
        strange = row | {"brandNew": {"deep": [1, 2, {"x": None}]}}
        assert decoder(json.dumps(strange).encode()) == decoder(json.dumps(row).encode())


@pytest.mark.parametrize(("index", "missing"), DECIDES)
def test_what_decides_must_be_there(index: int, missing: str) -> None:
    """A row without a deciding field is malformed: no default stands in for it."""
    decoder, row = ROWS[index]
    data = json.dumps({name: value for name, value in row.items() if name != missing}).encode()
    with pytest.raises(MalformedMessage, match=missing):
        wire.decode(decoder, data, "row")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"code":[]}', b'{"data":[]}', b"1e400"],
)
def test_bytes_that_are_no_envelope_are_malformed(data: bytes) -> None:
    """One kind of error for everything, which names what it was."""
    with pytest.raises(MalformedMessage, match="an answer"):
        wire.decode(wire.decode_envelope, data, "an answer")


def test_deep_nesting_is_malformed_and_not_fatal() -> None:
    """A message nested beyond reason ends as a malformed one."""
    with pytest.raises(MalformedMessage):
        wire.decode(wire.decode_frame, b"[" * 1_000_000, "frame")


@pytest.mark.parametrize("stamp", [-1, 10**15, "soon", None, 1.5])
def test_times_outside_this_century_are_malformed(stamp: object) -> None:
    """A time that no exchange can mean is no time."""
    with pytest.raises(MalformedMessage):
        wire.decode(wire.decode_order, json.dumps(order_row(uTime=stamp)).encode(), "order")


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    """No decoder lets anything but its own error out."""
    for decoder, _ in ROWS:
        with contextlib.suppress(MalformedMessage):
            assert wire.decode(decoder, data, "bytes") is not None
