"""What the core does when connections, the store or the clock say something."""

from __future__ import annotations

from bot_trading.domain.account import AccountBegan, PositionMode, TradingState
from bot_trading.domain.messages import (
    Announce,
    Command,
    QueryOrder,
    ReadFailed,
    Record,
    RiskEvent,
    RowRefused,
    StoreDown,
    StoreUp,
    StreamDown,
    StreamUp,
    TakeSnapshot,
    TimePassed,
    UnsupportedSeen,
)
from bot_trading.domain.order import OrderOrigin
from bot_trading.domain.reports import BalanceReport, ExchangeSnapshot
from bot_trading.domain.risk import FigureName
from bot_trading.engine.decide import withdraw_stale
from bot_trading.engine.doubts import look_for_doubts
from bot_trading.engine.on_closes import repeat_closes
from bot_trading.engine.on_exits import look_after_exits
from bot_trading.engine.on_legs import close_expired, on_leg_report, protect_open_legs
from bot_trading.engine.on_market import ask_for_candles
from bot_trading.engine.on_orders import (
    adopt_leg,
    ask_about_unsettled,
    on_fill,
    on_funding,
    on_order_report,
)
from bot_trading.engine.on_people import withdraw_entries
from bot_trading.engine.on_routes import follow_route, foreign_quantity
from bot_trading.engine.risk_watch import note_equity
from bot_trading.engine.state import EngineState, ExchangeHealth
from bot_trading.execution.reconcile import leg_differences, orders_to_ask_for
from bot_trading.portfolio.audit import net_result

__all__ = [
    "on_balance",
    "on_read_failed",
    "on_row_refused",
    "on_snapshot",
    "on_store_down",
    "on_store_up",
    "on_stream_down",
    "on_stream_up",
    "on_time",
    "on_unsupported",
]

_FILL_OVERLAP_US = 3_600_000_000


def on_stream_up(state: EngineState, event: StreamUp, out: list[Command]) -> None:
    """Streams live again; nothing that happened meanwhile was told, so read everything first."""
    health = state.exchange_health(event.exchange)
    health.is_stream_up = True
    health.not_ready = "not reconciled yet"
    state.pacing.forget(("snapshot", event.exchange))
    out.append(Announce(level="INFO", text=f"{event.exchange}: streams are up, reconciling"))
    _ask_snapshot(state, event.exchange, out)


def on_stream_down(state: EngineState, event: StreamDown, out: list[Command]) -> None:
    """No new risk on what we cannot see."""
    health = state.exchange_health(event.exchange)
    if health.is_stream_up:
        confirmed = state.risk.figure(FigureName.EQUITY, event.exchange)
        # A stream that came up and went again before money was read leaves the earlier loss.
        if confirmed is None or confirmed.ts_updated_us >= health.lost_us:
            health.lost_us = state.now_us
        out.append(
            Announce(level="WARNING", text=f"{event.exchange}: stream is down: {event.reason}")
        )
    health.is_stream_up = False
    health.not_ready = f"stream is down: {event.reason}"
    follow_route(state, out)


def on_snapshot(state: EngineState, event: ExchangeSnapshot, out: list[Command]) -> None:
    """Make ours equal theirs: fills and funding first, then orders, then compare the legs."""
    exchange = event.account.exchange
    health = state.exchange_health(exchange)
    health.snapshots_awaited -= 1
    health.snapshot_us = state.now_us
    for instrument in event.instruments:
        state.instruments[instrument.instrument_id] = instrument
    if event.account.position_mode is not PositionMode.HEDGE:
        _refuse_one_way(state, exchange, health, out)
        return
    on_balance(state, BalanceReport(balance=event.balance, ts_init_us=event.ts_init_us), out)
    _catch_up(state, event, out)
    for report in event.open_orders:
        on_order_report(state, report, out)
    ours = [order for order in state.orders.values() if order.origin is OrderOrigin.BOT]
    out.extend(
        QueryOrder(leg_id=order.leg_id, client_order_id=order.client_order_id)
        for order in orders_to_ask_for(exchange, ours, event.open_orders)
    )
    for leg_report in event.legs:
        on_leg_report(state, leg_report, out)
        adopt_leg(state, leg_report, out)
    differences = _differences(state, exchange, event)
    if differences:
        health.not_ready = "legs differ: " + "; ".join(differences)
        health.snapshot_wanted = True
        out.append(Announce(level="ERROR", text=f"{exchange}: {health.not_ready}"))
        return
    if health.is_stream_up and health.snapshots_awaited == 0:
        if health.not_ready:
            out.append(Announce(level="INFO", text=f"{exchange}: orders and legs agree"))
        health.not_ready = ""
    state.pacing.forget(("snapshot", exchange))
    health.agreed_us = state.since_us.get(exchange, 0)
    _begin_account(state, exchange, out)
    if health.is_origin_doubtful:
        _take_origin(state, event, health)
    follow_route(state, out)


def _take_origin(state: EngineState, event: ExchangeSnapshot, health: ExchangeHealth) -> None:
    """What the wallet's later changes are compared with. An account is not read in one instant:
    where money moved since it was asked for, the wallet may be older than the legs, so that it is
    read once more."""
    exchange = event.account.exchange
    net = net_result(leg for leg in state.legs.values() if leg.leg_id.exchange == exchange)
    state.wallet_origin[exchange] = (event.balance.wallet_balance, net)
    health.is_origin_doubtful = health.money_moved_us > health.snapshot_asked_us
    health.snapshot_wanted |= health.is_origin_doubtful


def _refuse_one_way(
    state: EngineState, exchange: str, health: ExchangeHealth, out: list[Command]
) -> None:
    """Entries stop, what protects open legs keeps resting, and it is looked at again and again:
    a person has to switch the account back."""
    why = "the account is in one-way mode: switch it to hedge mode"
    health.snapshot_wanted = True
    if health.not_ready == why:
        return
    health.not_ready = why
    row = RiskEvent(
        event_id=f"position_mode:{exchange}:{state.now_us}",
        control="position_mode",
        measured=f"{exchange} is in one-way mode",
        limit="hedge mode",
        action="ENTRIES_STOPPED",
        leg_id=None,
        signal_id=None,
        ts_init_us=state.now_us,
    )
    out.append(Record(row=row, ts_init_us=state.now_us))
    out.append(Announce(level="ERROR", text=f"{exchange}: {why}"))


def _differences(state: EngineState, exchange: str, event: ExchangeSnapshot) -> list[str]:
    """Legs on which we and the exchange differ, but for those that are a person's alone."""
    return [
        str(each)
        for each in leg_differences(exchange, state.legs, event.legs)
        if not foreign_quantity(state, each.leg_id)
    ]


def on_balance(state: EngineState, event: BalanceReport, out: list[Command]) -> None:
    """The exchange confirmed our money; the first report of a day begins its loss account."""
    balance = event.balance
    before = state.balances.get(balance.exchange)
    if before is not None and balance.ts_event_us < before.ts_event_us:
        return
    state.balances[balance.exchange] = balance
    is_new_day = note_equity(state, balance, out)
    if is_new_day or before is None or before.wallet_balance != balance.wallet_balance:
        out.append(Record(row=balance, ts_init_us=state.now_us))


def on_store_down(state: EngineState, event: StoreDown, out: list[Command]) -> None:
    """What cannot be written down before it is sent is not sent; exits go on."""
    if state.is_store_up:
        text = f"the database takes no writes, entries stop: {event.reason}"
        out.append(Announce(level="ERROR", text=text))
    state.is_store_up = False


def on_store_up(state: EngineState, event: StoreUp, out: list[Command]) -> None:
    """Everything decided meanwhile is written; entries may go on. Another core may have had the
    account's lock meanwhile, so that every exchange is read again."""
    if not state.is_store_up:
        for health in state.health.values():
            health.snapshot_wanted = True
        out.append(Announce(level="INFO", text="the database takes writes again, all is written"))
    state.is_store_up = True


def on_row_refused(state: EngineState, event: RowRefused, out: list[Command]) -> None:
    """A row is not kept: counted and said, and never written again."""
    state.counters["rows_refused"] += 1
    text = f"the database refused a row for good, {event.what} is not kept: {event.why}"
    out.append(Announce(level="ERROR", text=text))


def on_unsupported(state: EngineState, event: UnsupportedSeen, out: list[Command]) -> None:
    """Unknown stays unknown, is counted, is reported, and may have hidden a fill: read again."""
    state.counters[f"unsupported:{event.exchange}"] += 1
    out.append(Announce(level="WARNING", text=f"{event.exchange}: not understood: {event.what}"))
    state.exchange_health(event.exchange).snapshot_wanted = True


def on_read_failed(state: EngineState, event: ReadFailed, out: list[Command]) -> None:
    """A question got no answer; time will ask it again while it still matters."""
    question = event.question
    text = f"{type(question).__name__} was not answered: {event.reason}"
    out.append(Announce(level="WARNING", text=text))
    if isinstance(question, TakeSnapshot):
        health = state.exchange_health(question.exchange)
        health.snapshots_awaited -= 1
        health.snapshot_wanted = True


def on_time(state: EngineState, event: TimePassed, out: list[Command]) -> None:
    """Whatever waits for an answer, a stop, a horizon or a reconciliation is looked at again."""
    ask_about_unsettled(state, out)
    look_after_exits(state, out)
    withdraw_stale(state, out)
    if state.trading_state is not TradingState.ACTIVE:
        withdraw_entries(state, out)
    repeat_closes(state, out)
    protect_open_legs(state, out)
    close_expired(state, out)
    for exchange, health in state.health.items():
        _watch(state, exchange, health, out)
    follow_route(state, out)


def _watch(state: EngineState, exchange: str, health: ExchangeHealth, out: list[Command]) -> None:
    """Ask for a snapshot when one is wanted or a leg drifted, and for candles that are missing."""
    if not health.is_stream_up:
        return
    if not health.snapshot_wanted and not health.not_ready:
        drifted = _drifted_leg(state, exchange)
        if drifted:
            health.not_ready = drifted
            health.snapshot_wanted = True
            out.append(Announce(level="WARNING", text=f"{exchange}: {drifted}, reconciling"))
    look_for_doubts(state, exchange, out)
    is_old = 0 < health.snapshot_us <= state.now_us - state.config.refresh_us
    if is_old and not health.snapshots_awaited:
        health.snapshot_wanted = True
    is_due = state.pacing.is_due(("snapshot", exchange), state.now_us)
    if health.snapshot_wanted and is_due and not health.snapshots_awaited:
        _ask_snapshot(state, exchange, out)
    for instrument_id in state.config.instrument_ids:
        if instrument_id.exchange == exchange and instrument_id not in state.last_open_us:
            ask_for_candles(state, instrument_id, out)


def _drifted_leg(state: EngineState, exchange: str) -> str:
    """A leg on which the exchange and we have disagreed for longer than messages take, or ""."""
    grace_us = state.config.settle_grace_us
    for leg_id, report in state.leg_reports.items():
        changed_us = max(report.ts_init_us, state.leg_changed_us.get(leg_id, 0))
        if leg_id.exchange != exchange or state.now_us - changed_us < grace_us:
            continue
        held = state.leg(leg_id).quantity
        if held != report.quantity and not foreign_quantity(state, leg_id):
            return f"{leg_id}: we hold {held}, the exchange says {report.quantity}"
    return ""


def _ask_snapshot(state: EngineState, exchange: str, out: list[Command]) -> None:
    """Only when every snapshot that was asked for has come may the exchange be ready: one that was
    under way when the streams came up has not seen what was missed.

    Fills are read from before the last time that the legs agreed, and not from before the newest
    one: a stream that loses a fill may tell later ones.
    """
    health, config = state.exchange_health(exchange), state.config
    state.pacing.ask(
        ("snapshot", exchange), state.now_us, config.ask_again_us, config.ask_again_max_us
    )
    health.snapshot_wanted = False
    if not health.snapshots_awaited:
        health.snapshot_asked_us = state.now_us
    health.snapshots_awaited += 1
    overlapping_us = health.agreed_us - _FILL_OVERLAP_US
    since_us = max(state.reread_from_us, state.ours_from_us.get(exchange, 0), overlapping_us)
    out.append(TakeSnapshot(exchange=exchange, since_us=since_us))


def _catch_up(state: EngineState, event: ExchangeSnapshot, out: list[Command]) -> None:
    """Book what was missed; what is older than the account here is heard of and not booked."""
    for report in sorted(event.fills, key=lambda each: each.ts_event_us):
        on_fill(state, report, out)
        state.heard_of(report.exchange, report.ts_event_us)
    for payment in sorted(event.funding, key=lambda each: each.ts_event_us):
        on_funding(state, payment, out)
        state.heard_of(payment.exchange, payment.ts_event_us)


def _begin_account(state: EngineState, exchange: str, out: list[Command]) -> None:
    """An account without a past here starts from its legs, which agree, and not from what other
    programs traded before; that is written down, so that no later start books it either."""
    if exchange in state.ours_from_us:
        return
    heard_us = state.since_us.get(exchange)
    ours_from_us = 0 if heard_us is None else heard_us + 1
    state.ours_from_us[exchange] = ours_from_us
    row = AccountBegan(exchange=exchange, ours_from_us=ours_from_us)
    out.append(Record(row=row, ts_init_us=state.now_us))
