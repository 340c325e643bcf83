"""What the kill switch does at one exchange, and how it proves what it did by reading back.

Orders that rest are taken back first; the stops that protect open legs are kept, since an account
without stops is more dangerous than a bot, and so is a target that is one order with such a stop. A
stop goes only after its leg was read as flat once no entry rests any more, since some stops rest
before their entry. An exchange's own cancel-all kills stops too, so it is asked with a filter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import Instrument, LegId, PositionIdx
from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import OrderIntent, OrderPurpose, OrderSide, OrderType, TimeInForce
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    LegReport,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionRefused,
    StopKind,
)
from bot_trading.errors import ExchangeError
from bot_trading.execution.ids import KILL_SWITCH, derive_client_order_id
from bot_trading.ports import ExchangeClient, TakesRiskAway
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.reservations import Reservations
from bot_trading.risk.review import review
from bot_trading.risk.sizing import market_pieces
from bot_trading.risk.view import Denial, ExitView

__all__ = ["KillOrder", "KillReport", "kill"]

_ROUNDS = 5
_PAUSE_S = 0.1
_LOOK_AGAIN_S = 0.5  # A bot looks for its sign four times a second; its turn and commit follow.
_STOPS = (StopKind.STOP_LOSS, StopKind.TRAILING_STOP)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillOrder:
    """What is to be killed. `closes` also closes every leg; `everything` also takes the stops away
    from legs that stay open, with `closes` in the last round alone. `ident` makes the orders of one
    kill recognisable. `look_again_s` passes between the first clean read and the one that counts: a
    bot may have sent a last order before it saw its sign, which is then found and killed too."""

    ident: str
    closes: bool = False
    everything: bool = False
    look_again_s: float = _LOOK_AGAIN_S

    def bares(self, attempt: int) -> bool:
        """True in the rounds in which legs that are still open lose their stops."""
        return self.everything and (not self.closes or attempt == _ROUNDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillReport:
    """What was read back in the end: `left` are orders and legs that should be gone and open legs
    without a stop, each as a sentence; `kept` are the stops that still protect `open_legs`.
    `clean_ms` is when nothing was left for the first time, None for never."""

    exchange: str
    canceled: int
    kept: int
    open_legs: int
    left: tuple[str, ...]
    elapsed_ms: int
    clean_ms: int | None = None


async def kill(
    client: ExchangeClient, order: KillOrder, limits: RiskLimits, now_us: Callable[[], int]
) -> KillReport:
    """Cancel, close where it was asked for, and read back until it is so twice, `look_again_s`
    apart, or `_ROUNDS` are over.

    `client` is open. An exchange that does not answer is a sentence in the report, never silence.
    """
    began_us, clean_ms = now_us(), None
    first: set[str] = set()
    last: ExchangeSnapshot | None = None
    problems: dict[str, None] = {}
    unseen: list[str] = []
    was_clean = False
    for attempt in range(1, _ROUNDS + 1):
        last = None
        unseen.clear()
        try:
            last = await _round(client, order, attempt, limits, first, problems, unseen, now_us)
        except ExchangeError as error:
            problems[f"{client.exchange} did not answer: {error}"] = None
        is_clean = last is not None and not unseen and not _left(last, order)
        if is_clean and clean_ms is None:
            clean_ms = (now_us() - began_us) // 1_000
        if is_clean and was_clean:
            break
        was_clean = is_clean
        await asyncio.sleep(order.look_again_s if is_clean else _PAUSE_S)
    if last is None:
        left: tuple[str, ...] = ("nothing could be read back",)
    else:
        left = (*_left(last, order), *unseen, *_naked(last, order), *await _unlisted(client, order))
    gone = first - {each.exchange_order_id for each in last.open_orders} if last else set()
    return KillReport(
        exchange=client.exchange,
        canceled=len(gone),
        kept=sum(1 for each in last.open_orders if _is_stop(each)) if last else 0,
        open_legs=sum(1 for leg in last.legs if leg.quantity) if last else 0,
        left=(*left, *problems) if left else (),
        elapsed_ms=(now_us() - began_us) // 1_000,
        clean_ms=clean_ms,
    )


async def _round(
    client: ExchangeClient,
    order: KillOrder,
    attempt: int,
    limits: RiskLimits,
    first: set[str],
    problems: dict[str, None],
    unseen: list[str],
    now_us: Callable[[], int],
) -> ExchangeSnapshot:
    """Ask once for everything that should be gone, entries and legs before stops; what is there
    afterwards. `unseen` is told what no snapshot lists."""
    if not first and isinstance(client, TakesRiskAway):
        before = await client.take_snapshot((), now_us())
        first |= {each.exchange_order_id for each in before.open_orders}
        await _cancel_resting(client, before, problems)
    seen = await _look(client, now_us)
    first |= {each.exchange_order_id for each in seen.open_orders}
    asked = [
        _cancel(client, each, problems)
        for each in seen.open_orders
        if not _goes_with_a_stop(each, seen)
    ]
    if order.closes:
        asked.append(_close_net(client, seen, unseen))
        asked += [
            _close(client, leg, seen.instruments, f"{order.ident}-{attempt}", limits, problems)
            for leg in seen.legs
            if leg.quantity and not _is_net(leg)
        ]
    if asked:
        await asyncio.gather(*asked)
        seen = await _look(client, now_us)
        first |= {each.exchange_order_id for each in seen.open_orders}
    if any(not _goes_with_a_stop(each, seen) for each in seen.open_orders):
        return seen
    bares = order.bares(attempt)
    asked = [
        _cancel(client, each, problems)
        for each in seen.open_orders
        if _is_stop(each) and (bares or not _is_of_an_open_leg(each, seen))
    ]
    asked += [_bare(client, leg, problems) for leg in seen.legs if bares and leg.quantity]
    if not asked:
        return seen
    await asyncio.gather(*asked)
    return await _look(client, now_us)


async def _look(client: ExchangeClient, now_us: Callable[[], int]) -> ExchangeSnapshot:
    """Every order and leg of the account, with the rules of the symbols that have legs."""
    seen = await client.take_snapshot((), now_us())
    symbols = sorted({leg.leg_id.symbol for leg in seen.legs if leg.quantity})
    return await client.take_snapshot(symbols, now_us()) if symbols else seen


def _leg_of(each: OrderReport) -> LegId:
    return LegId(each.exchange, each.symbol, each.position_idx)


def _is_of_an_open_leg(each: OrderReport, seen: ExchangeSnapshot) -> bool:
    return _leg_of(each) in {leg.leg_id for leg in seen.legs if leg.quantity}


def _is_kept(each: OrderReport, seen: ExchangeSnapshot, order: KillOrder) -> bool:
    """True for a stop of a leg that is still open, unless everything was asked for, and for what
    could not go without that stop."""
    is_protection = _goes_with_a_stop(each, seen)
    return is_protection and _is_of_an_open_leg(each, seen) and not order.everything


def _goes_with_a_stop(each: OrderReport, seen: ExchangeSnapshot) -> bool:
    """True for a stop, and for a target that is one order with a stop (one cancels the other): a
    cancel of it would take the stop too."""
    if _is_stop(each) or not each.canceled_with:
        return _is_stop(each)
    return any(_is_stop(o) and o.canceled_with == each.canceled_with for o in seen.open_orders)


def _is_stop(each: OrderReport) -> bool:
    """A stop that the exchange keeps for a leg, or a conditional order that only closes one."""
    is_conditional = each.order_type in (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)
    is_ours = each.stop_kind is None and is_conditional and each.reduce_only
    return each.stop_kind in _STOPS or is_ours


def _left(seen: ExchangeSnapshot, order: KillOrder) -> tuple[str, ...]:
    """What is still there and should not be."""
    orders = [
        f"order {each.client_order_id or each.exchange_order_id} of {each.symbol} still rests"
        for each in seen.open_orders
        if not _is_kept(each, seen, order)
    ]
    legs = [leg for leg in seen.legs if leg.quantity]
    held = [f"{leg.leg_id} still holds {leg.quantity}" for leg in legs if order.closes]
    stops = [
        f"the stop of {leg.leg_id} still rests at {leg.stop_loss}"
        for leg in legs
        if order.everything and leg.stop_loss is not None
    ]
    return (*orders, *held, *stops)


def _naked(seen: ExchangeSnapshot, order: KillOrder) -> tuple[str, ...]:
    """Open legs that no stop protects, unless that was asked for: the switch sets none itself."""
    if order.everything:
        return ()
    stopped = {_leg_of(each) for each in seen.open_orders if _is_stop(each)}
    return tuple(
        f"{leg.leg_id} holds {leg.quantity} without a stop: set one, or close it with --close"
        for leg in seen.legs
        if leg.quantity and leg.stop_loss is None and leg.leg_id not in stopped
    )


async def _cancel_resting(
    client: TakesRiskAway, before: ExchangeSnapshot, problems: dict[str, None]
) -> None:
    """Many orders at once; what is left afterwards is asked for one by one."""
    try:
        await client.cancel_resting(before.open_orders)
    except ExchangeError as error:
        problems[f"cancel of all that rests: {error}"] = None


async def _cancel(client: ExchangeClient, each: OrderReport, problems: dict[str, None]) -> None:
    """One order; what became of it is read back, a refusal is kept for the report."""
    answer = await client.cancel_order(
        CancelOrder(
            leg_id=_leg_of(each),
            client_order_id=each.client_order_id,
            exchange_order_id=each.exchange_order_id,
        )
    )
    if isinstance(answer, OrderRejected | OrderOutcomeUnknown):
        named = each.client_order_id or each.exchange_order_id
        problems[f"cancel of {named}: {answer.reason}"] = None


async def _bare(client: ExchangeClient, leg: LegReport, problems: dict[str, None]) -> None:
    """Take stop and target of a leg away, where they belong to the leg and not to the book."""
    if leg.stop_loss is None and leg.take_profit is None:
        return
    nothing = LegProtection(leg_id=leg.leg_id, stop_loss=None, take_profit=None)
    answer = await client.set_protection(nothing)
    if isinstance(answer, ProtectionRefused):
        problems[f"the stop of {leg.leg_id} could not be removed: {answer.reason}"] = None


def _is_net(leg: LegReport) -> bool:
    return leg.leg_id.position_idx is PositionIdx.ONE_WAY


async def _close_net(client: ExchangeClient, seen: ExchangeSnapshot, unseen: list[str]) -> None:
    """What the account holds in a mode in which the bot never trades: no order of its could name
    that, and not every snapshot lists it. What was there counts as left until it is gone."""
    if isinstance(client, TakesRiskAway):
        unseen += await client.close_net()
    elif any(leg.quantity and _is_net(leg) for leg in seen.legs):
        unseen.append(f"{client.exchange} holds legs in one-way mode: close them by hand")


async def _unlisted(client: ExchangeClient, order: KillOrder) -> tuple[str, ...]:
    """What stays open and no snapshot shows; where legs are closed, `_close_net` tells of it."""
    if order.closes or not isinstance(client, TakesRiskAway):
        return ()
    try:
        return await client.tell_unlisted()
    except ExchangeError as error:
        return (f"what is held outside the bot's sight could not be read: {error}",)


async def _close(
    client: ExchangeClient,
    leg: LegReport,
    instruments: Iterable[Instrument],
    ident: str,
    limits: RiskLimits,
    problems: dict[str, None],
) -> None:
    """Close all of a leg at market, reduce-only; its stop stays until it is flat."""
    rules = {each.instrument_id: each for each in instruments}.get(leg.leg_id.instrument_id)
    if rules is None or leg.avg_px is None:
        problems[f"{leg.leg_id} cannot be closed: its rules or its leg are not known"] = None
        return
    closing = _ZERO
    for number, quantity in enumerate(market_pieces(leg.quantity, rules)):
        intent = OrderIntent(
            client_order_id=derive_client_order_id(
                KILL_SWITCH, OrderPurpose.EXIT, f"{ident}-{number}", str(leg.leg_id)
            ),
            leg_id=leg.leg_id,
            side=OrderSide.SELL if leg.leg_id.is_long else OrderSide.BUY,
            order_type=OrderType.MARKET,
            quantity=quantity,
            reference_px=leg.avg_px,
            time_in_force=TimeInForce.IOC,
            reduce_only=True,
            purpose=OrderPurpose.EXIT,
        )
        verdict = review(intent, _view(rules, leg.quantity, closing), limits, Reservations(), 0)
        if isinstance(verdict, Denial):
            problems[f"{leg.leg_id}: {verdict.control} {verdict.measured}"] = None
            return
        # codelint: ok T03 because the intent that was approved is reduce-only
        answer = await client.place_order(verdict)
        if isinstance(answer, OrderRejected | OrderOutcomeUnknown):
            problems[f"close of {leg.leg_id}: {answer.reason}"] = None
        closing += quantity


def _view(rules: Instrument, held: Decimal, closing: Decimal) -> ExitView:
    """What is known beside the bot: a reduce-only order asks for its rules and the leg alone."""
    return ExitView(instrument=rules, is_known_id=False, open_qty=held, closing_qty=closing)
