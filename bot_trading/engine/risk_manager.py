"""Asks risk without taking anything: may this intent pass, as the world stands now?"""

from __future__ import annotations

from bot_trading.domain.messages import OrderDenied
from bot_trading.domain.order import OrderIntent
from bot_trading.engine.risk_view import exit_view, market_us, risk_view
from bot_trading.engine.state import EngineState
from bot_trading.risk.review import examine
from bot_trading.risk.view import ExitView, RiskView

__all__ = ["RiskManager"]


class RiskManager:
    """A window on the controls. Reserves nothing: only the core's own review can approve."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    async def check_async(self, intent: OrderIntent) -> OrderDenied | None:
        """The denial that the intent would meet now, or None when every control lets it pass."""
        state = self._state
        if intent.leg_id.instrument_id not in state.instruments:
            return self._denied(intent, "instrument", str(intent.leg_id.instrument_id), "traded")
        denial = examine(intent, self._view(intent), state.config.limits)
        if denial is None:
            return None
        return self._denied(intent, denial.control, denial.measured, denial.limit)

    def _view(self, intent: OrderIntent) -> RiskView | ExitView:
        state, leg_id = self._state, intent.leg_id
        if intent.reduce_only:
            return exit_view(state, leg_id, intent.client_order_id)
        # Who asks means now: the opinion behind the intent is as old as the question.
        return risk_view(
            state,
            leg_id,
            intent.client_order_id,
            quantity=intent.quantity,
            signal_us=market_us(state, leg_id.exchange),
        )

    def _denied(self, intent: OrderIntent, control: str, measured: str, limit: str) -> OrderDenied:
        return OrderDenied(
            leg_id=intent.leg_id,
            signal_id=intent.signal_id,
            control=control,
            measured=measured,
            limit=limit,
            ts_init_us=self._state.now_us,
        )
