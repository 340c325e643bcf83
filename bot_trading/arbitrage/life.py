"""The life of two legs that belong together: never one-sided longer, or dearer, than stated.

`resolve` is shown how both legs stand, by the bot's own legs and orders, and says what follows.
What both should hold is one number, the target, which never rises: a leg above it is closed down to
it, a leg below it is filled up while that is cheap and soon enough, else the target falls to what
is matched. So a rejected, partial, late or stopped side always ends in the other one following it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.arbitrage.group import Action, Bounds, Side
from bot_trading.arbitrage.pair import Pair
from bot_trading.domain.group import GroupPhase, LegGroup

__all__ = ["close_group", "resolve"]

_ZERO = Decimal(0)
_Sides = tuple[Side, Side]


def close_group(group: LegGroup, cause: str) -> LegGroup:
    """From now on both legs should hold nothing."""
    if group.phase in (GroupPhase.LEAVING, GroupPhase.OVER):
        return group
    return replace(group, target=_ZERO, phase=GroupPhase.LEAVING, cause=cause)


def resolve(
    group: LegGroup, pair: Pair, sides: _Sides, bounds: Bounds, now_us: int
) -> tuple[LegGroup, tuple[Action, ...]]:
    """What follows from how the legs stand: the group as it is now, and the orders to send.

    `sides` are the long leg and the short one. What their legs hold once a group is over is not
    its own.
    """
    if group.is_over:
        return group, ()
    group = _measured(_marked(group, sides), sides, now_us)
    actions: list[Action] = []
    group, sides, action = _fill_up(group, pair, sides, bounds, now_us)
    actions += [action] if action else []
    group = _lower_target(group, pair, sides, bounds, now_us)
    # Closing the second leg may end the group, and what the first one keeps then goes as well.
    for at in (0, 1, 0, 1):
        group, sides, action = _close_down(group, sides, at)
        actions += [action] if action else []
    return _next_phase(group, sides), tuple(actions)


def _fill_up(
    group: LegGroup, pair: Pair, sides: _Sides, bounds: Bounds, now_us: int
) -> tuple[LegGroup, _Sides, Action | None]:
    """Order what an ended entry left missing, while that is allowed, soon and cheap enough.

    A leg that filled nothing at all, a refused one, is not asked twice.
    """
    at = 0 if sides[0].held < sides[1].held else 1
    side, other = sides[at], sides[1 - at]
    missing = group.target - side.held
    is_due = group.phase is GroupPhase.ENTERING and missing > 0 and other.held >= group.target
    since = group.one_sided_since_us
    is_soon = since is not None and now_us - since < bounds.settle_us
    is_orderable = missing >= pair.min_qty and missing % pair.step == 0
    is_asked = not side.held or not side.is_quiet or group.fill_ups >= bounds.fill_ups_max
    if not (is_due and is_soon and is_orderable) or is_asked:
        return group, sides, None
    price, mean = side.open_px, side.entry_px
    if price is None or mean is None or missing * side.worse(price, mean) > bounds.loss_acted_on:
        return group, sides, None
    after = replace(side, opening=missing, is_quiet=False)
    action = Action(leg_id=side.leg_id, opens=True, quantity=missing, cause="fills up")
    return replace(group, fill_ups=group.fill_ups + 1), _put(sides, at, after), action


def _lower_target(
    group: LegGroup, pair: Pair, sides: _Sides, bounds: Bounds, now_us: int
) -> LegGroup:
    """The target falls to what is matched when a leg cannot reach it, or hangs too long."""
    if group.phase is GroupPhase.LEAVING:
        return group
    matched = pair.matched(sides[0].held, sides[1].held)
    if min(side.held + side.opening for side in sides) < group.target:
        return _lowered(group, matched, "a side cannot reach its quantity")
    since = group.one_sided_since_us
    if since is not None and now_us - since >= bounds.settle_us:
        return _lowered(group, matched, "one-sided for too long")
    if _unmatched_loss(group, sides) >= bounds.loss_acted_on:
        return _lowered(group, matched, "the unmatched part loses too much")
    return group


def _lowered(group: LegGroup, target: Decimal, cause: str) -> LegGroup:
    if target > 0:
        return replace(group, target=min(target, group.target), cause=cause)
    return close_group(group, cause)


def _close_down(group: LegGroup, sides: _Sides, at: int) -> tuple[LegGroup, _Sides, Action | None]:
    """Close what a leg holds above the target and no close under way already takes.

    A close without an answer stops counting after a while. Sent again beside a matched part it
    could take from that, so then the whole group leaves.
    """
    side = sides[at]
    fresh = side.closing - side.closing_stale
    excess = side.held - group.target - fresh
    if excess <= 0 or not side.may_close:
        return group, sides, None
    if side.closing_stale and group.target:
        group = close_group(group, "a close has no answer")
        excess = side.held - fresh
    after = replace(side, closing=side.closing + excess, is_quiet=False)
    action = Action(leg_id=side.leg_id, opens=False, quantity=excess, cause=group.cause or "closes")
    return group, _put(sides, at, after), action


def _next_phase(group: LegGroup, sides: _Sides) -> LegGroup:
    is_quiet = all(side.is_quiet for side in sides)
    if group.phase is GroupPhase.LEAVING:
        is_flat = all(side.held == 0 for side in sides)
        return replace(group, phase=GroupPhase.OVER) if is_flat and is_quiet else group
    if group.phase is GroupPhase.ENTERING and is_quiet:
        is_hedged = all(side.held == group.target for side in sides)
        return replace(group, phase=GroupPhase.HEDGED, was_hedged=True) if is_hedged else group
    return group


def _marked(group: LegGroup, sides: _Sides) -> LegGroup:
    """Note what the larger leg was worth when it was left alone, and what it has lost since."""
    larger = _larger(sides)
    if larger is None:
        return replace(group, marked_leg=None, marked_px=None)
    side, _ = larger
    if group.was_hedged and group.marked_leg != side.leg_id and side.close_px is not None:
        group = replace(group, marked_leg=side.leg_id, marked_px=side.close_px)
    loss = max(group.unmatched_loss_worst, _unmatched_loss(group, sides))
    return replace(group, unmatched_loss_worst=loss)


def _unmatched_loss(group: LegGroup, sides: _Sides) -> Decimal:
    """What the larger leg's surplus has lost; 0 without a surplus or a price."""
    larger = _larger(sides)
    if larger is None:
        return _ZERO
    side, surplus = larger
    began = group.marked_px if group.marked_leg == side.leg_id else side.entry_px
    if side.close_px is None or began is None:
        return _ZERO
    return max(_ZERO, surplus * side.worse(began, side.close_px))


def _larger(sides: _Sides) -> tuple[Side, Decimal] | None:
    """The leg that holds more and by how much; None when they are even."""
    surplus = sides[0].held - sides[1].held
    return (sides[0 if surplus > 0 else 1], abs(surplus)) if surplus else None


def _measured(group: LegGroup, sides: _Sides, now_us: int) -> LegGroup:
    """Begin or end the stretch in which one leg holds more than the other."""
    since = group.one_sided_since_us
    if sides[0].held != sides[1].held:
        return group if since is not None else replace(group, one_sided_since_us=now_us)
    if since is None:
        return group
    longest = max(group.one_sided_longest_us, now_us - since)
    return replace(group, one_sided_since_us=None, one_sided_longest_us=longest)


def _put(sides: _Sides, at: int, side: Side) -> _Sides:
    return (side, sides[1]) if at == 0 else (sides[0], side)
