"""Bytes become a typed value or a malformed message, and nothing else."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.decoding import decode

_numbers = msgspec.json.Decoder(list[int]).decode


@given(st.binary(max_size=40))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    """No other exception ever comes out of a message."""
    try:
        values = decode(_numbers, data, "numbers")
    except MalformedMessage:
        return
    assert all(isinstance(each, int) for each in values)


def test_a_message_that_is_too_deep_is_malformed() -> None:
    """A thousand brackets are no reason to fall."""
    deep = msgspec.json.Decoder(list[msgspec.Raw] | int).decode
    assert decode(deep, b"[[1]]", "deep")
    with pytest.raises(MalformedMessage, match=r"^deep: "):
        decode(msgspec.json.Decoder().decode, b"[" * 100_000, "deep")
