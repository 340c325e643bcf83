"""The life of two legs that belong together: never one-sided longer, or dearer, than stated.

`on_*` take in what happened to one side, `resolve` says what follows. What both sides should hold
is one number, the target, which never rises: a side above it is closed down to it, a side below it
is filled up while that is cheap and soon enough, else the target falls to what is matched. So a
rejected, partial, late or stopped side always ends in the other one following it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.arbitrage.group import (
    Action,
    Bounds,
    Group,
    Phase,
    Prices,
    Sent,
    Side,
    Which,
)
from bot_trading.arbitrage.pair import Pair

__all__ = ["close_group", "on_answer", "on_fill", "on_funding", "open_group", "resolve"]

_ZERO = Decimal(0)


def open_group(
    group_id: str, pair: Pair, bounds: Bounds, quantity: Decimal, now_us: int
) -> tuple[Group, tuple[Action, Action]]:
    """A new group and its two entries, to be committed together and sent together."""
    group = Group(
        group_id=group_id,
        pair=pair,
        bounds=bounds,
        target=quantity,
        ts_opened_us=now_us,
        long=Side(),
        short=Side(),
    )
    group, long = _send(group, Which.LONG, True, quantity, "entry", now_us)
    group, short = _send(group, Which.SHORT, True, quantity, "entry", now_us)
    return group, (long, short)


def on_fill(
    group: Group,
    which: Which,
    order_id: str,
    *,
    opens: bool,
    quantity: Decimal,
    price: Decimal,
    commission: Decimal,
    now_us: int,
) -> Group:
    """Book a fill of this side once its trade is known to be new; in coins and price of a coin.

    An order that the group never sent, a stop that the exchange ran, counts like one of its own.
    """
    side = group.side(which)
    sells = opens == (which is Which.SHORT)
    cash = quantity * price if sells else -quantity * price
    under_way = dict(side.under_way)
    sent = under_way.pop(order_id, None)
    if sent is not None and sent.leaves > quantity:
        under_way[order_id] = replace(sent, leaves=sent.leaves - quantity)
    after = replace(
        side,
        held=side.held + (quantity if opens else -quantity),
        cash=side.cash + cash,
        commission=side.commission + commission,
        opened_qty=side.opened_qty + (quantity if opens else _ZERO),
        opened_cash=side.opened_cash + (cash if opens else _ZERO),
        under_way=under_way,
    )
    if group.phase is Phase.OVER:
        # The evidence that ended the group was wrong: what came late is closed like anything else.
        group = replace(group, phase=Phase.LEAVING)
    return _measured(_with(group, which, after), now_us)


def on_answer(group: Group, which: Which, order_id: str, *, refused: bool) -> Group:
    """The exchange's evidence that the order ends: refused, or with nothing more to fill."""
    side = group.side(which)
    if order_id not in side.under_way:
        return group
    under_way = dict(side.under_way)
    sent = under_way.pop(order_id)
    side = replace(side, under_way=under_way)
    if refused and sent.opens:
        side = replace(side, is_refused=True)
    elif refused:
        again_us = sent.ts_sent_us + group.bounds.close_again_us
        side = replace(side, close_not_before_us=again_us)
    return _with(group, which, side)


def on_funding(group: Group, which: Which, amount: Decimal) -> Group:
    """A settlement on this side; above zero it was received."""
    side = group.side(which)
    return _with(group, which, replace(side, funding=side.funding + amount))


def close_group(group: Group, cause: str) -> Group:
    """From now on both sides should hold nothing."""
    if group.phase in (Phase.LEAVING, Phase.OVER):
        return group
    return replace(group, target=_ZERO, phase=Phase.LEAVING, cause=cause)


def resolve(group: Group, prices: Prices, now_us: int) -> tuple[Group, tuple[Action, ...]]:
    """What follows from how the sides stand: the orders to send, each counted as under way."""
    if group.phase is Phase.OVER:
        return group, ()
    group = _watch_loss(group, prices, now_us)
    actions: list[Action] = []
    for which in Which:
        group, action = _fill_up(group, which, prices, now_us)
        actions += [action] if action else []
    group = _lower_target(group, prices, now_us)
    # Closing the second side may end the group, and what the first one keeps then goes as well.
    for which in (*Which, *Which):
        group, action = _close_down(group, which, now_us)
        actions += [action] if action else []
    return _next_phase(group), tuple(actions)


def _fill_up(
    group: Group, which: Which, prices: Prices, now_us: int
) -> tuple[Group, Action | None]:
    """Order what an ended entry left missing, while that is allowed, soon and cheap enough."""
    side, other = group.side(which), group.side(_other(which))
    missing = group.target - side.held
    is_due = group.phase is Phase.ENTERING and missing > 0 and not side.opening
    if not is_due or other.held < group.target or not _may_fill_up(group, side, missing, now_us):
        return group, None
    cost = _fill_up_cost(side, which, missing, prices)
    if cost is None or cost > group.bounds.loss_max:
        return group, None
    side = replace(side, fill_ups=side.fill_ups + 1)
    return _send(_with(group, which, side), which, True, missing, "fills up", now_us)


def _may_fill_up(group: Group, side: Side, missing: Decimal, now_us: int) -> bool:
    """A side that was refused, or filled nothing at all, is not asked twice."""
    bounds, since = group.bounds, group.one_sided_since_us
    is_soon = since is not None and now_us - since < bounds.settle_us
    is_orderable = missing >= group.pair.min_qty and missing % group.pair.step == 0
    is_asked = side.is_refused or side.opened_qty == 0 or side.fill_ups >= bounds.fill_ups_max
    return is_soon and is_orderable and not is_asked


def _fill_up_cost(side: Side, which: Which, missing: Decimal, prices: Prices) -> Decimal | None:
    """What the missing part costs more than the part that filled; None without a price."""
    price = prices.long_ask if which is Which.LONG else prices.short_bid
    if price is None:
        return None
    mean = abs(side.opened_cash / side.opened_qty)
    worse = price - mean if which is Which.LONG else mean - price
    return missing * worse


def _lower_target(group: Group, prices: Prices, now_us: int) -> Group:
    """The target falls to what is matched when a side cannot reach it, or hangs too long."""
    if group.phase is Phase.LEAVING:
        return group
    reached = [side.held + side.opening for side in (group.long, group.short)]
    matched = group.pair.matched(group.long.held, group.short.held)
    if min(reached) < group.target:
        return _lowered(group, matched, "a side cannot reach its quantity")
    since = group.one_sided_since_us
    if since is not None and now_us - since >= group.bounds.settle_us:
        return _lowered(group, matched, "one-sided for too long")
    if _unmatched_loss(group, prices) >= group.bounds.loss_max:
        return _lowered(group, matched, "the unmatched part loses too much")
    return group


def _lowered(group: Group, target: Decimal, cause: str) -> Group:
    if target > 0:
        return replace(group, target=min(target, group.target), cause=cause)
    return close_group(group, cause)


def _close_down(group: Group, which: Which, now_us: int) -> tuple[Group, Action | None]:
    """Close what a side holds above the target and no close under way already takes.

    A close without an answer stops counting after a while. Sent again beside a matched part it
    could take from that, so then the whole group leaves.
    """
    side, again_us = group.side(which), group.bounds.close_again_us
    closes = [each for each in side.under_way.values() if not each.opens]
    fresh = sum((each.leaves for each in closes if now_us - each.ts_sent_us < again_us), _ZERO)
    stale = sum((each.leaves for each in closes), _ZERO) - fresh
    excess = side.held - group.target - fresh
    if excess <= 0 or now_us < side.close_not_before_us:
        return group, None
    if stale and group.target:
        group = close_group(group, "a close has no answer")
        excess = side.held - fresh
    return _send(group, which, False, excess, group.cause or "closes", now_us)


def _next_phase(group: Group) -> Group:
    sides = (group.long, group.short)
    is_quiet = not any(side.under_way for side in sides)
    if group.phase is Phase.LEAVING:
        is_flat = all(side.held == 0 for side in sides)
        return replace(group, phase=Phase.OVER) if is_flat and is_quiet else group
    if group.phase is Phase.ENTERING and is_quiet:
        is_hedged = all(side.held == group.target for side in sides)
        return replace(group, phase=Phase.HEDGED, was_hedged=True) if is_hedged else group
    return group


def _watch_loss(group: Group, prices: Prices, now_us: int) -> Group:
    """Measure what the unmatched part loses, and for how long it is there."""
    unmatched = _unmatched(group, prices)
    if unmatched is None:
        return _measured(replace(group, marked=None), now_us)
    which, _, price = unmatched
    if group.was_hedged and (group.marked is None or group.marked[0] is not which):
        group = replace(group, marked=(which, price))
    loss = max(group.unmatched_loss_worst, _unmatched_loss(group, prices))
    return _measured(replace(group, unmatched_loss_worst=loss), now_us)


def _unmatched_loss(group: Group, prices: Prices) -> Decimal:
    """What the larger side's surplus has lost; 0 without a surplus or a price."""
    unmatched = _unmatched(group, prices)
    if unmatched is None:
        return _ZERO
    which, surplus, price = unmatched
    side = group.side(which)
    began = abs(side.opened_cash / side.opened_qty) if side.opened_qty else price
    if group.marked is not None and group.marked[0] is which:
        began = group.marked[1]
    worse = began - price if which is Which.LONG else price - began
    return max(_ZERO, surplus * worse)


def _unmatched(group: Group, prices: Prices) -> tuple[Which, Decimal, Decimal] | None:
    """The larger side, by how much it is larger, and what closing a coin of it takes in or costs;
    None when the sides are even or nobody told a price."""
    surplus = group.long.held - group.short.held
    which = Which.LONG if surplus > 0 else Which.SHORT
    price = prices.long_bid if which is Which.LONG else prices.short_ask
    return None if surplus == 0 or price is None else (which, abs(surplus), price)


def _measured(group: Group, now_us: int) -> Group:
    """Begin or end the stretch in which one side holds more than the other."""
    is_one_sided = group.long.held != group.short.held
    since = group.one_sided_since_us
    if is_one_sided:
        return group if since is not None else replace(group, one_sided_since_us=now_us)
    if since is None:
        return group
    longest = max(group.one_sided_longest_us, now_us - since)
    return replace(group, one_sided_since_us=None, one_sided_longest_us=longest)


def _send(
    group: Group, which: Which, opens: bool, quantity: Decimal, cause: str, now_us: int
) -> tuple[Group, Action]:
    order_id = f"{group.group_id}-{group.orders + 1}"
    side = group.side(which)
    sent = Sent(opens=opens, leaves=quantity, ts_sent_us=now_us)
    side = replace(side, under_way={**side.under_way, order_id: sent})
    group = replace(_with(group, which, side), orders=group.orders + 1)
    action = Action(order_id=order_id, which=which, opens=opens, quantity=quantity, cause=cause)
    return group, action


def _with(group: Group, which: Which, side: Side) -> Group:
    if which is Which.LONG:
        return replace(group, long=side)
    return replace(group, short=side)


def _other(which: Which) -> Which:
    return Which.SHORT if which is Which.LONG else Which.LONG
