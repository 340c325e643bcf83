"""Whatever arrives instead of a message ends in one kind of error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance import wire
from tests.builders.binance_frames import algo_row, order_row, position_row, symbol_row, trade_row

DECODERS = sorted(name for name in vars(wire) if name.startswith("decode_"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("decode_order", order_row()),
    ("decode_algo", algo_row()),
    ("decode_trade", trade_row()),
    ("decode_position", position_row()),
    ("decode_symbol", symbol_row()),
)


@given(
    st.sampled_from(DECODERS), st.binary(max_size=60) | JSON.map(lambda v: json.dumps(v).encode())
)
def test_nothing_but_a_message_or_one_error(name: str, payload: bytes) -> None:
    """Bytes and JSON of any shape are decoded or malformed, and nothing else happens."""
    said = name
    try:
        wire.decode(getattr(wire, name), payload, name)
    except MalformedMessage as error:
        said = str(error)
    assert said.startswith(name)
    assert len(said) < 250


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_a_row_without_a_field_that_decides_is_malformed(name: str, row: dict[str, Any]) -> None:
    """Each field without which a report would be a guess is required."""
    decoder = getattr(wire, name)
    wire.decode(decoder, json.dumps(row).encode(), name)
    optional = {
        *("price", "avgPrice", "stopPrice", "origType", "time", "updateTime", "algoType"),
        *("actualOrderId", "closePosition", "entryPrice", "liquidationPrice"),
    }
    if name == "decode_trade":
        optional -= {"price", "time"}
    for field in row.keys() - optional:
        less = {key: value for key, value in row.items() if key != field}
        with pytest.raises(MalformedMessage):
            wire.decode(decoder, json.dumps(less).encode(), name)


def test_deep_nesting_is_malformed() -> None:
    """A bomb of brackets is no message."""
    with pytest.raises(MalformedMessage):
        wire.decode(wire.decode_rows, b"[" * 100_000, "bomb")
