"""What no group answers for any more, or not yet: an older group's entry that filled late, and the
part of a leg that is surely alone while the other exchange cannot be seen after a start."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain

from bot_trading.arbitrage.pair import coin_of
from bot_trading.arbitrage.spec import ArbitrageSpec
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import Command
from bot_trading.domain.order import Order, OrderOrigin, OrderPurpose
from bot_trading.engine.group_orders import close_part
from bot_trading.engine.group_view import side_of
from bot_trading.engine.state import EngineState

__all__ = ["close_strays", "close_surplus"]

_ZERO, _ONE = Decimal(0), Decimal(1)


def close_strays(state: EngineState, spec: ArbitrageSpec, symbol: str, out: list[Command]) -> None:
    """Close at once what an entry of an older group brought into a leg of no open group.

    What a person holds on the same leg is theirs: no more is closed than such entries filled since
    the leg was opened, less what was closed of it.
    """
    group = state.groups.get(symbol)
    followed = () if group is None or group.is_over else group.legs
    for exchange in spec.exchanges:
        for idx in (PositionIdx.LONG, PositionIdx.SHORT):
            leg_id = LegId(exchange, symbol, idx)
            if leg_id not in followed and not state.leg(leg_id).is_flat:
                _close_stray(state, spec, leg_id, out)


def _close_stray(
    state: EngineState, spec: ArbitrageSpec, leg_id: LegId, out: list[Command]
) -> None:
    again_us = spec.bounds.close_again_us
    side = side_of(state, leg_id, _ONE, again_us)
    looks = ("stray", leg_id)
    if not side.may_close or not state.pacing.is_due(looks, state.now_us):
        return
    state.pacing.ask(looks, state.now_us, again_us, again_us)
    kept = chain(state.orders.values(), state.finished.values())
    orders = [order for order in kept if _is_of_a_group(state, order, leg_id)]
    entries = [order for order in orders if order.purpose is OrderPurpose.ENTRY]
    left = sum((order.filled_qty for order in entries), _ZERO) - sum(
        (order.filled_qty for order in orders if order.purpose is not OrderPurpose.ENTRY), _ZERO
    )
    excess = min(side.held, left) - (side.closing - side.closing_stale)
    if excess > 0:
        group_id, cause = entries[-1].group_id or "", "an older group's entry filled late"
        close_part(state, group_id, leg_id, excess, side.closing_stale, cause, out)


def _is_of_a_group(state: EngineState, order: Order, leg_id: LegId) -> bool:
    """An order of a group that changed the leg in its present life."""
    is_ours = order.leg_id == leg_id and order.group_id is not None and order.filled_qty > 0
    is_now = order.ts_updated_us >= state.leg(leg_id).ts_opened_us
    return is_ours and is_now and order.origin is not OrderOrigin.FOREIGN


def close_surplus(
    state: EngineState, spec: ArbitrageSpec, group: LegGroup, out: list[Command]
) -> None:
    """Close what a leg that can be reached holds beyond all that the other one may hold, as far as
    is known, once the settling time is over: after a start with one exchange out of reach.

    Of the exchange that is not seen only the store speaks; what happened there since cannot be
    bounded before it returns, and then the group is followed as ever.
    """
    waits = ("surplus", group.group_id)
    if not state.pacing.was_asked(waits):
        state.pacing.ask(waits, state.now_us, spec.bounds.settle_us, spec.bounds.settle_us)
    if not state.pacing.is_due(waits, state.now_us):
        return
    again_us = spec.bounds.close_again_us
    for leg_id, other_id in (group.legs, group.legs[::-1]):
        if leg_id.instrument_id not in state.instruments:
            continue
        coins = _coins(state, leg_id, other_id)
        side = side_of(state, leg_id, coins, again_us)
        other = side_of(state, other_id, _coins(state, other_id, leg_id), again_us)
        fresh = side.closing - side.closing_stale
        surplus = side.held - other.held - other.opening - fresh
        if surplus > 0 and side.may_close:
            stale, cause = side.closing_stale / coins, "alone, and the other side is not seen"
            close_part(state, group.group_id, leg_id, surplus / coins, stale, cause, out)


def _coins(state: EngineState, leg_id: LegId, other_id: LegId) -> Decimal:
    """How many coins one unit of the leg is; of an exchange not seen yet, as on the other one."""
    seen = state.instruments.get(leg_id.instrument_id) or state.instruments[other_id.instrument_id]
    return coin_of(seen.base_coin)[1]
