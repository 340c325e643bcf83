"""Asking risk without taking anything."""

from __future__ import annotations

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.engine.risk_manager import RiskManager
from tests.builders.core import a_ready_state, an_intent, d


async def test_an_intent_that_would_pass_is_answered_with_none() -> None:
    """And nothing is held for it."""
    state = a_ready_state()
    assert await RiskManager(state).check_async(an_intent()) is None
    assert state.reservations.total == 0


async def test_a_denial_says_control_value_and_limit() -> None:
    """0.041 BTC at 50000 are worth 2050 of at most 2000."""
    denied = await RiskManager(a_ready_state()).check_async(an_intent(quantity=d("0.041")))
    assert denied is not None
    assert str(denied) == "order_notional_max_usdt: 2050, limit 2000"


async def test_an_unknown_instrument_is_denied() -> None:
    """There are no rules to judge it by."""
    other = LegId("bybit", "XRPUSDT", PositionIdx.LONG)
    denied = await RiskManager(a_ready_state()).check_async(an_intent(leg_id=other))
    assert denied is not None
    assert denied.control == "instrument"
