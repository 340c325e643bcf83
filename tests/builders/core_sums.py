"""What the core keeps as it goes, summed anew: both must agree after every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderOrigin, OrderPurpose, OrderType
from bot_trading.engine.state import EngineState
from bot_trading.market.prices import valuation_price
from bot_trading.portfolio.legs import unrealized_pnl
from bot_trading.risk.exposure import Exposure

__all__ = ["check_exposure", "check_sums"]

_ZERO = Decimal(0)


def check_sums(state: EngineState) -> None:
    """Raises AssertionError where a figure that is kept differs from the sum it stands for."""
    assert {leg.leg_id for leg in state.legs.values() if leg.quantity} == set(state.valuation.open)
    worth: dict[LegId, Decimal] = {}
    gains: dict[str, Decimal] = {}
    for leg in state.open_legs():
        assert leg is state.legs[leg.leg_id]
        quote = state.quotes.get(leg.leg_id.instrument_id)
        price = valuation_price(quote) if quote is not None else None
        worth[leg.leg_id] = leg.entry_value if price is None else leg.quantity * price
        gain = _ZERO if price is None else unrealized_pnl(leg, price)
        gains[leg.leg_id.exchange] = gains.get(leg.leg_id.exchange, _ZERO) + gain
    check_exposure(state.valuation.exposure(), worth)
    for exchange in {leg_id.exchange for leg_id in state.legs}:
        assert state.valuation.gain(exchange) == gains.get(exchange, _ZERO)
    held = {leg_id: state.reservations.of_leg(leg_id) for leg_id in _legs_of(state)}
    check_exposure(state.reservations.exposure, held)
    _check_orders(state)


def check_exposure(kept: Exposure, by_leg: Mapping[LegId, Decimal]) -> None:
    """Each sum of an exposure is that of its legs."""
    assert kept.total == sum(by_leg.values(), _ZERO)
    keys: tuple[tuple[Callable[..., Decimal], Callable[[LegId], tuple[object, ...]]], ...] = (
        (kept.of_leg, lambda leg: (leg,)),
        (kept.of_position, lambda leg: (leg.instrument_id,)),
        (kept.of_symbol, lambda leg: (leg.symbol,)),
        (kept.of_side, lambda leg: (leg.exchange, leg.position_idx)),
        (kept.of_exchange, lambda leg: (leg.exchange,)),
    )
    for ask, key_of in keys:
        sums: dict[tuple[object, ...], Decimal] = {}
        for leg_id, value in by_leg.items():
            sums[key_of(leg_id)] = sums.get(key_of(leg_id), _ZERO) + value
        for key, value in sums.items():
            assert ask(*key) == value


def _check_orders(state: EngineState) -> None:
    in_flight = {
        order.client_order_id
        for order in state.orders.values()
        if order.purpose is OrderPurpose.ENTRY
        and order.origin is OrderOrigin.BOT
        and not state.booked_qty.get(order.client_order_id)
    }
    assert state.entries_in_flight == in_flight
    for leg_id in _legs_of(state):
        assert state.closing_qty(leg_id) == _closing_qty(state, leg_id)


def _closing_qty(state: EngineState, leg_id: LegId) -> Decimal:
    closing = _ZERO
    for order in state.live_orders(leg_id):
        is_rung = order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT
        is_touched = is_rung and order.order_type is OrderType.MARKET
        if order.purpose is OrderPurpose.EXIT or is_touched:
            closing += order.leaves_qty
    for order_id in state.unsettled:
        unsettled = state.order(order_id)
        if unsettled is not None and unsettled.leg_id == leg_id and unsettled.reduce_only:
            booked = state.booked_qty.get(order_id, _ZERO)
            closing += max(unsettled.filled_qty - booked, _ZERO)
    return closing


def _legs_of(state: EngineState) -> set[LegId]:
    known = {order.leg_id for order in (*state.orders.values(), *state.finished.values())}
    return known | set(state.legs)
