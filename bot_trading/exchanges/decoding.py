"""Bytes of an exchange to typed rows, or a `MalformedMessage` that says what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Raw

from bot_trading.errors import MalformedMessage

__all__ = ["decode"]

T = TypeVar("T")


def decode(decoder: Callable[[bytes | Raw], T], data: bytes | Raw, what: str) -> T:
    """Decode, or raise `MalformedMessage` that names what it was and where it went wrong."""
    try:
        return decoder(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"{what}: {str(error)[:150]}") from error
