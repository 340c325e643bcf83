"""A leg that was to be left as a whole is left, or people are told why not.

An exit that is refused is no end of the matter: Binance refuses one while orders that rest still
hold a part of the leg, and their cancels may be answered late. It is asked for again once they are
gone, at growing intervals and so many times; then a person has to look after it.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import Announce, Command
from bot_trading.domain.order import OrderOrigin, OrderPurpose, OrderStatus
from bot_trading.engine.decide import withdraw_targets
from bot_trading.engine.leave import denied_row, exit_leg
from bot_trading.engine.on_legs import is_closing
from bot_trading.engine.state import EngineState, WholeClose
from bot_trading.risk.view import Denial

__all__ = ["repeat_closes"]

TRIES_MAX = 8  # With doubled pauses two minutes and more: longer than any cancel is late.


def repeat_closes(state: EngineState, out: list[Command]) -> None:
    """Ask again for each whole close of which something was refused, in every trading state."""
    for leg_id, close in tuple(state.closes.items()):
        if is_closing(state, leg_id):
            continue
        refusal = _refusal_of(state, close)
        if not refusal or state.leg(leg_id).is_flat:
            del state.closes[leg_id]  # Done: what the leg holds came after it was closed.
        elif close.tries >= TRIES_MAX:
            _give_up(state, leg_id, close, refusal, out)
        elif not _waits_for_cancels(state, leg_id, close, out):
            _try_again(state, leg_id, close, out)


def _refusal_of(state: EngineState, close: WholeClose) -> str:
    """What became of the last exits, where they did not fill: the exchange's words, or ""."""
    sent = [state.order(order_id) for order_id in close.order_ids]
    unfilled = [each for each in sent if each is not None and each.status is not OrderStatus.FILLED]
    return "; ".join(each.reason or each.status.value for each in unfilled)


def _waits_for_cancels(
    state: EngineState, leg_id: LegId, close: WholeClose, out: list[Command]
) -> bool:
    """True while rungs may rest, which hold their part of the leg; asked for again meanwhile. A
    cancel that never gets an answer is waited for no longer than anything else is."""
    withdraw_targets(state, leg_id, out)
    if state.now_us - close.tried_us > state.config.ask_again_max_us:
        return False
    return any(
        order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT
        for order in state.live_orders(leg_id)
    )


def _try_again(state: EngineState, leg_id: LegId, close: WholeClose, out: list[Command]) -> None:
    denial = exit_leg(state, leg_id, Decimal(1), close.cause, out, close.request)
    if denial is not None:
        del state.closes[leg_id]
        if denial.control != "dust":  # Which is told where it is found.
            _tell(state, leg_id, close, denial, out)


def _give_up(
    state: EngineState, leg_id: LegId, close: WholeClose, refusal: str, out: list[Command]
) -> None:
    del state.closes[leg_id]
    denial = Denial(control="close_refused", measured=refusal, limit=f"{TRIES_MAX} further tries")
    _tell(state, leg_id, close, denial, out)


def _tell(
    state: EngineState, leg_id: LegId, close: WholeClose, denial: Denial, out: list[Command]
) -> None:
    text = f"{leg_id} was not closed ({close.cause}) and is not tried again: {denial.control}: "
    text += f"{denial.measured}, limit {denial.limit}: close it by hand"
    out.append(Announce(level="ERROR", text=text, leg_id=leg_id))
    out.append(denied_row(state, leg_id, denial, f"close:{leg_id}:{denial.control}:{state.now_us}"))
