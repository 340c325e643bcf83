"""What an exchange did not say, and what yet shows: a stop that must have fired, money that moved.

A stream that loses one message and goes on is seen by nothing else until the next reading of the
whole. Each sign asks for one, at growing intervals while it stays; none is proof of anything.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import Announce, Command
from bot_trading.engine.state import EngineState
from bot_trading.portfolio.audit import wallet_difference

__all__ = ["look_for_doubts"]

GAP_MIN = Decimal("0.01")  # Exchanges round what they realise; many roundings come to less.


def look_for_doubts(state: EngineState, exchange: str, out: list[Command]) -> None:
    """Want a snapshot where a price has passed a resting stop, or the wallet changed, for longer
    than messages take, and no fill explains it."""
    health = state.exchange_health(exchange)
    signs = [*_silent_stops(state, exchange), *_unexplained(state, exchange)]
    config, key = state.config, ("doubt", exchange)
    is_asked = health.snapshot_wanted or health.snapshots_awaited > 0
    if not signs or is_asked or not state.pacing.is_due(key, state.now_us):
        return
    state.pacing.ask(key, state.now_us, config.ask_again_us, config.ask_again_max_us)
    health.snapshot_wanted = True
    out.append(Announce(level="WARNING", text=f"{exchange}: {'; '.join(signs)}: reconciling"))


def _silent_stops(state: EngineState, exchange: str) -> list[str]:
    """Stops that a price has reached, also where it came back since, and of which no fill came."""
    return [
        f"{leg.leg_id} holds {leg.quantity:f} past its stop"
        for leg in state.open_legs()
        if leg.leg_id.exchange == exchange and _is_silent(state, leg.leg_id)
    ]


def _is_silent(state: EngineState, leg_id: LegId) -> bool:
    """Whether the stop was reached longer ago than messages take, with neither a fill nor a reading
    of the exchange since; a price that stays there after one tells it anew."""
    passed_us = state.passed_us.get(leg_id)
    read_us = state.exchange_health(leg_id.exchange).snapshot_asked_us
    if passed_us is None or passed_us <= max(read_us, state.leg_changed_us.get(leg_id, 0)):
        state.passed_us.pop(leg_id, None)
        if _is_past(state, leg_id):
            state.passed_us[leg_id] = state.now_us
        return False
    return state.now_us - passed_us >= state.config.settle_grace_us


def _is_past(state: EngineState, leg_id: LegId) -> bool:
    resting, quote = state.resting.get(leg_id), state.quotes.get(leg_id.instrument_id)
    if resting is None or resting.stop_loss is None or quote is None or quote.last is None:
        return False
    stop, price = resting.stop_loss, quote.last
    return price <= stop if leg_id.is_long else price >= stop


def _unexplained(state: EngineState, exchange: str) -> list[str]:
    """The wallet's change that no leg explains, where it is not the one that was told before."""
    origin, balance = state.wallet_origin.get(exchange), state.balances.get(exchange)
    health = state.exchange_health(exchange)
    if origin is None or balance is None or health.is_origin_doubtful:
        return []
    legs = (leg for leg in state.legs.values() if leg.leg_id.exchange == exchange)
    gap = wallet_difference(*origin, balance.wallet_balance, legs)
    before, since_us = state.gaps.get(exchange, (Decimal(0), 0))
    if abs(gap - before) >= GAP_MIN:
        since_us = state.now_us
        state.gaps[exchange] = (gap, since_us)
    is_known = abs(gap - state.gaps_read.get(exchange, Decimal(0))) < GAP_MIN
    if is_known or state.now_us - since_us < state.config.settle_grace_us:
        return []
    if since_us < health.snapshot_asked_us and not health.snapshots_awaited:
        state.gaps_read[exchange] = gap  # A reading left it: money came or went by other ways.
        return []
    return [f"{gap:+f} of the wallet's change is not explained by legs"]
