"""Arbitrage in the core: after each event the pairs that it touches are looked at.

`arbitrage` decides, by books and by how the legs stand; here its decisions become intents, pass
risk as one group, and are sent like any other order. Orders, fills, legs, stops and recovery are
those of the bot: a group remembers only what both legs should hold, and what was measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from bot_trading.arbitrage.costs import RoundTrips
from bot_trading.arbitrage.edge import (
    Edge,
    NoEntry,
    Quoted,
    best_entry,
    exit_difference,
    wants_exit,
)
from bot_trading.arbitrage.group import Action, Side
from bot_trading.arbitrage.life import close_group, resolve
from bot_trading.arbitrage.pair import Pair
from bot_trading.arbitrage.spec import ArbitrageSpec
from bot_trading.domain.account import TradingState
from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import (
    Announce,
    Command,
    Event,
    HaltTrading,
    Record,
)
from bot_trading.domain.reports import OrderAccepted, QuoteSeen
from bot_trading.engine.group_drift import note_drift
from bot_trading.engine.group_orders import (
    close_part,
    entry_intent,
    note_denial,
    review_entries,
    send,
)
from bot_trading.engine.group_strays import close_strays, close_surplus
from bot_trading.engine.group_view import (
    are_free,
    market_us,
    net_of,
    pair_of,
    quoted,
    sides_of,
)
from bot_trading.engine.state import EngineState
from bot_trading.risk.view import Denial

__all__ = ["look_at_groups"]

_BPS = Decimal(10_000)
_DENIED_AGAIN_US = 1_000_000


def look_at_groups(state: EngineState, event: Event, out: list[Command]) -> None:
    """What the event means for the pairs: an entry, an exit, or a leg that follows the other."""
    spec = state.config.arbitrage
    if spec is None:
        return
    if isinstance(event, OrderAccepted):
        _note_round_trip(state, event)
    for symbol in _touched(state, event):
        pair, group = pair_of(state, spec, symbol), state.groups.get(symbol)
        if not isinstance(pair, Pair):
            if pair is not None:
                _refused(state, symbol, pair.why, out)
            if group is not None and not group.is_over:
                _not_followed(state, group, out)
                close_surplus(state, spec, group, out)
            continue
        close_strays(state, spec, symbol, out)
        if group is not None:
            group = _follow(state, spec, pair, group, out)
        if group is None or group.is_over:
            _seek(state, spec, pair, symbol, group, out)


def _touched(state: EngineState, event: Event) -> Iterable[str]:
    """A price concerns its own symbol, anything else may concern all."""
    if isinstance(event, QuoteSeen):
        return (event.quote.instrument_id.symbol,)
    return dict.fromkeys(each.symbol for each in state.config.instrument_ids)


def _note_round_trip(state: EngineState, event: OrderAccepted) -> None:
    order = state.order(event.client_order_id)
    if order is not None and event.ts_init_us >= order.ts_created_us:
        measured = state.round_trips.setdefault(order.leg_id.exchange, RoundTrips())
        measured.add(event.ts_init_us - order.ts_created_us)


def _seek(
    state: EngineState,
    spec: ArbitrageSpec,
    pair: Pair,
    symbol: str,
    last: LegGroup | None,
    out: list[Command],
) -> None:
    """Enter when the difference pays after every cost; no entry is counted by what refused it."""
    now_us, key = state.now_us, ("group", symbol)
    rests = last is not None and now_us - last.ts_updated_us < spec.pause_us
    is_active = state.trading_state is TradingState.ACTIVE
    if rests or not is_active or not state.pacing.is_due(key, now_us):
        return
    if not all(side.instrument.is_trading for side in (pair.first, pair.second)):
        state.counters["no_entry:is_trading"] += 1
        return
    if not are_free(state, spec, symbol):
        state.counters["no_entry:legs_free"] += 1
        return
    first, second = (quoted(state, spec, side) for side in (pair.first, pair.second))
    quantity = _quantity(state, pair, (first, second))
    market = market_us(state, spec)
    way = best_entry(pair, first, second, quantity, spec.thresholds, now_us, market)
    if isinstance(way, NoEntry):
        state.counters[f"no_entry:{way.control}"] += 1
        return
    denial = _enter(state, spec, way, market, out)
    if denial is not None:
        state.pacing.ask(key, now_us, _DENIED_AGAIN_US, _DENIED_AGAIN_US)
        leg_id = LegId(way.buy.exchange, symbol, PositionIdx.LONG)
        note_denial(state, denial, f"{symbol}:{now_us}:{denial.control}", "DENIED", leg_id, out)


def _quantity(state: EngineState, pair: Pair, sides: tuple[Quoted, Quoted]) -> Decimal:
    """Coins for the usual notional at the dearer ask; the least that is traded before any book."""
    asks = [each.book.asks[0][0] / each.side.coins_per_unit for each in sides if each.book]
    return pair.quantity(state.config.order_notional_usdt, max(asks)) if asks else pair.min_qty


def _enter(
    state: EngineState, spec: ArbitrageSpec, way: Edge, market: int, out: list[Command]
) -> Denial | None:
    """Both sides through risk as one group, written down in one turn, and sent together."""
    symbol, now_us = way.buy.instrument.instrument_id.symbol, state.now_us
    long_leg = LegId(way.buy.exchange, symbol, PositionIdx.LONG)
    short_leg = LegId(way.sell.exchange, symbol, PositionIdx.SHORT)
    group = LegGroup(
        group_id=f"{symbol}:{long_leg.exchange}>{short_leg.exchange}:{now_us}",
        long_leg=long_leg,
        short_leg=short_leg,
        quantity=way.quantity,
        target=way.quantity,
        expected_net_bps=round(way.net * _BPS, 4),
        one_sided_max_us=spec.bounds.one_sided_max_us,
        loss_max=spec.bounds.loss_max,
        ts_opened_us=now_us,
        ts_market_us=market,
        ts_updated_us=now_us,
        long_net_before=net_of(state.leg(long_leg)),
        short_net_before=net_of(state.leg(short_leg)),
    )
    long = entry_intent(state, group, long_leg, way.quantity / way.buy.coins_per_unit)
    short = entry_intent(state, group, short_leg, way.quantity / way.sell.coins_per_unit)
    if isinstance(long, Denial) or isinstance(short, Denial):
        return long if isinstance(long, Denial) else short if isinstance(short, Denial) else None
    verdict = review_entries(state, (long, short))
    if isinstance(verdict, Denial):
        return verdict
    state.groups[symbol] = group
    out.append(Record(row=group, ts_init_us=now_us))
    for approved in verdict:
        send(state, approved, group.group_id, "entry of a group", out)
    text = f"entering {group.group_id}: {way.quantity:f} for {group.expected_net_bps:f} bps net"
    out.append(Announce(level="INFO", text=text, leg_id=long_leg))
    return None


def _follow(
    state: EngineState, spec: ArbitrageSpec, pair: Pair, group: LegGroup, out: list[Command]
) -> LegGroup:
    """See how both legs stand, leave when it is time, and let each leg follow the other."""
    pair = pair.with_first(group.long_leg.exchange)
    sides = sides_of(state, spec, pair, group)
    after = group
    if group.phase is GroupPhase.HEDGED and state.trading_state is not TradingState.HALTED:
        after = _left(state, spec, pair, group)
    after, actions = resolve(after, pair, sides, spec.bounds, state.now_us)
    long, short = (net_of(state.leg(leg_id)) for leg_id in group.legs)
    after = replace(
        after, long_pnl=long - group.long_net_before, short_pnl=short - group.short_net_before
    )
    if after != group:
        after = replace(after, ts_updated_us=state.now_us)
        out.append(Record(row=after, ts_init_us=state.now_us))
    state.groups[group.long_leg.symbol] = after
    for action in actions:
        _carry_out(state, pair, after, sides, action, out)
    _tell(state, spec, group, after, out)
    return after


def _left(state: EngineState, spec: ArbitrageSpec, pair: Pair, group: LegGroup) -> LegGroup:
    """The group as it is left, where the difference is gone or the horizon is over.

    Only while both exchanges take orders: leaving one side alone is what a group never does.
    """
    long, short = (quoted(state, spec, side) for side in (pair.first, pair.second))
    if long.not_ready or short.not_ready:
        return group
    age_max_us = spec.thresholds.book_age_max_us
    books = [each.book for each in (long, short)]
    is_fresh = all(book and state.now_us - book.ts_init_us <= age_max_us for book in books)
    difference = exit_difference(long, short, group.target) if is_fresh else None
    held_us = market_us(state, spec) - group.ts_market_us
    why = wants_exit(difference, held_us, spec.thresholds)
    return group if why is None else close_group(group, why)


def _carry_out(
    state: EngineState,
    pair: Pair,
    group: LegGroup,
    sides: tuple[Side, Side],
    action: Action,
    out: list[Command],
) -> None:
    is_long = action.leg_id == group.long_leg
    side, stood = (pair.first, sides[0]) if is_long else (pair.second, sides[1])
    quantity = action.quantity / side.coins_per_unit
    if not action.opens:
        stale = stood.closing_stale / side.coins_per_unit
        close_part(state, group.group_id, action.leg_id, quantity, stale, action.cause, out)
        return
    intent = entry_intent(state, group, action.leg_id, quantity)
    verdict = intent if isinstance(intent, Denial) else review_entries(state, (intent,))
    if isinstance(verdict, Denial):
        name = f"{group.group_id}:{group.fill_ups}:{verdict.control}"
        note_denial(state, verdict, name, "DENIED", action.leg_id, out)
        return
    send(state, verdict[0], group.group_id, action.cause, out)


def _tell(
    state: EngineState, spec: ArbitrageSpec, before: LegGroup, after: LegGroup, out: list[Command]
) -> None:
    """Say what changed, and stop new risk when a bound was passed: a person has to look."""
    if after.phase is not before.phase:
        level = "INFO" if after.phase is not GroupPhase.LEAVING else "WARNING"
        text = f"{after.group_id} is {after.phase}: {after.cause or 'both legs are held'}"
        if after.is_over:
            level, result = "INFO", f"{after.long_pnl:f} {after.short_pnl:+f} = {after.pnl:f}"
            text = f"{after.group_id} is OVER: {result}, {after.cause}"
            note_drift(state, spec, out)
        out.append(Announce(level=level, text=text, leg_id=after.long_leg))
    if before.is_over and after.is_over:
        return  # What it passed was told when it did; a restart does not halt for it again.
    hung_us = after.one_sided_us(state.now_us)
    passed = (
        ("one_sided_max_ms", Decimal(hung_us) / 1_000, Decimal(after.one_sided_max_us) / 1_000),
        ("group_loss_max", after.unmatched_loss_worst, after.loss_max),
    )
    for control, measured, limit in passed:
        name = f"{after.group_id}:{control}"
        if measured <= limit or name in state.risk.alarms:
            continue
        state.risk.alarms.add(name)
        denial = Denial(control=control, measured=f"{measured:f}", limit=f"{limit:f}")
        note_denial(state, denial, name, "REDUCING", after.long_leg, out)
        text = f"{after.group_id} passed {control}: {denial.measured}, bound {denial.limit}"
        out.append(Announce(level="ERROR", text=text, leg_id=after.long_leg))
        halt = HaltTrading(
            who=control, why=text, ts_init_us=state.now_us, state=TradingState.REDUCING
        )
        state.risk.halts.append(halt)


def _refused(state: EngineState, symbol: str, why: str, out: list[Command]) -> None:
    """A pair that is none is said once, and again when the exchanges tell other rules."""
    name = f"pair:{symbol}:{why}"
    if name not in state.risk.alarms:
        state.risk.alarms.add(name)
        out.append(Announce(level="ERROR", text=f"no arbitrage of {symbol}: {why}"))


def _not_followed(state: EngineState, group: LegGroup, out: list[Command]) -> None:
    """An open group without its pair is said once: what is matched has its stops alone."""
    name = f"{group.group_id}:not_followed"
    if name not in state.risk.alarms:
        state.risk.alarms.add(name)
        text = (
            f"{group.group_id} is not followed: the rules of {group.long_leg.instrument_id} and"
            f" {group.short_leg.instrument_id} are not both known, or make no pair. What both legs"
            " hold keeps its stops, what one holds beyond the other goes: look at both exchanges"
        )
        out.append(Announce(level="ERROR", text=text, leg_id=group.long_leg))
