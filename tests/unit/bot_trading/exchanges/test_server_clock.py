"""An exchange's clock is measured by the call that was answered fastest."""

from __future__ import annotations

import asyncio

import pytest

from bot_trading.clock import now_ms
from bot_trading.errors import ExchangeUnavailable
from bot_trading.exchanges.server_clock import CALLS, measure_offset_ms


async def test_the_fastest_call_is_believed() -> None:
    """Slow answers tell a time that is long over."""
    delays_s = [0.05] * (CALLS - 1) + [0.0]

    async def ask() -> int:
        server_ms = now_ms() + 7_000
        await asyncio.sleep(delays_s.pop())
        return server_ms

    assert 6_990 <= await measure_offset_ms(ask) <= 7_010
    assert delays_s == []


async def test_a_failure_is_the_callers() -> None:
    """A clock that cannot be read has no offset."""

    async def ask() -> int:
        raise ExchangeUnavailable("gone")

    with pytest.raises(ExchangeUnavailable):
        await measure_offset_ms(ask)
