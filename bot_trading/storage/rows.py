"""Domain values as rows and back, exactly: what a column would round or cut is refused here.

A row is a dict from column to value; `statements` sends rows as JSON, where a Decimal travels as
its digits and an instant as ISO 8601 with microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from bot_trading.domain.account import AccountBegan, Balance
from bot_trading.domain.exits import LadderRung, ProtectionStep, StepStatus
from bot_trading.domain.fill import Fill, FundingPayment
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import SYMBOL_MAX_CHARS, LegId, PositionIdx, is_keepable
from bot_trading.domain.messages import Record, RiskEvent, SetLegProtection, TradingStateChanged
from bot_trading.domain.order import Order, OrderOrigin
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.risk import RiskFigure
from bot_trading.domain.signal import Signal
from bot_trading.errors import StoreError

__all__ = ["Row", "asked_step", "instant", "microseconds", "order_id", "row_of"]

Row = dict[str, Any]

_ORDER_IDS = UUID("6f0a3c52-8d6e-5b1c-9a53-0c3f7a1de8b4")
_PRICES = ("price", "trigger_price", "stop_loss", "take_profit")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def order_id(account: str, client_order_id: str) -> UUID:
    """The id of an order's row: UUIDv5 of account and client_order_id, so saving twice is once."""
    return uuid5(_ORDER_IDS, f"{account}\n{client_order_id}")


def instant(ts_us: int) -> datetime:
    """Microseconds UTC as an aware datetime, exactly."""
    return _EPOCH + timedelta(microseconds=ts_us)


def microseconds(moment: datetime) -> int:
    """An aware datetime as microseconds UTC, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def row_of(account: str, record: Record) -> tuple[str, Row]:
    """The table and the row that keep `record`.

    Raises StoreError when a column could not hold a value as it is.
    """
    table, build = _BUILDERS[type(record.row)]
    row = build(record.row)
    row["account"] = account
    if table not in ("positions", "trading_states", "risk_figures", "leg_groups"):
        row["recorded_at"] = instant(record.ts_init_us)
    if table in ("orders", "sltp_history"):
        row["note"] = _text(record.note)
    if table == "partial_tp_history":
        row["updated_at"] = row["recorded_at"]
    if table == "orders":
        row["id"] = order_id(account, row["client_order_id"])
    return table, row


def _exact(name: str, value: Decimal) -> Decimal:
    """`value` for a column that keeps every digit."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise StoreError(f"{name} is {value!r}; expected a finite Decimal")
    return value


def _quantity(name: str, value: Decimal) -> Decimal:
    """`value` for a DECIMAL(20, 8) column."""
    if not is_keepable(_exact(name, value)):
        raise StoreError(
            f"{name} is {value}; its column holds 12 digits before the point and 8 after it,"
            " and nothing is rounded"
        )
    return value


def _positive(name: str, value: Decimal) -> Decimal:
    if _quantity(name, value) <= 0:
        raise StoreError(f"{name} is {value}; expected a number above zero")
    return value


def _price(name: str, value: Decimal) -> Decimal:
    if _exact(name, value) <= 0:
        raise StoreError(f"{name} is {value}; expected a number above zero")
    return value


def _not_negative(name: str, value: Decimal) -> Decimal:
    if _quantity(name, value) < 0:
        raise StoreError(f"{name} is {value}; expected zero or more")
    return value


def _maybe(
    check: Callable[[str, Decimal], Decimal], name: str, value: Decimal | None
) -> Decimal | None:
    return None if value is None else check(name, value)


def _symbol(symbol: str) -> str:
    if not 0 < len(symbol) <= SYMBOL_MAX_CHARS:
        raise StoreError(f"symbol is {symbol!r}; expected 1 to {SYMBOL_MAX_CHARS} characters")
    return symbol


def _text(words: str) -> str:
    """Free text that PostgreSQL takes: an exchange's message may hold what no TEXT may."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _id(name: str, words: str) -> str:
    if not words or "\0" in words:
        raise StoreError(f"{name} is {words!r}; expected a text that is not empty")
    return words


def _leg(leg_id: LegId, *, may_be_one_way: bool = False) -> Row:
    if leg_id.position_idx is PositionIdx.ONE_WAY and not may_be_one_way:
        raise StoreError(f"{leg_id}: expected leg 1 or 2; 0 exists only in orders of v2")
    return {
        "exchange": leg_id.exchange,
        "symbol": _symbol(leg_id.symbol),
        "position_idx": int(leg_id.position_idx),
    }


def _signal(signal: Signal) -> Row:
    return {
        "signal_id": _id("signal_id", signal.signal_id),
        "exchange": signal.instrument_id.exchange,
        "symbol": _symbol(signal.instrument_id.symbol),
        "direction": signal.direction,
        "confidence_ratio": _exact("confidence_ratio", signal.confidence_ratio),
        "horizon_s": signal.horizon_s,
        "source": signal.source,
        "event_at": instant(signal.ts_event_us),
    }


def _order(order: Order) -> Row:
    order = _without_what_is_too_fine(order)
    return {
        **_leg(order.leg_id, may_be_one_way=order.origin is OrderOrigin.V2),
        "client_order_id": _id("client_order_id", order.client_order_id),
        "exchange_order_id": order.exchange_order_id,
        "side": order.side,
        "order_type": order.order_type,
        "quantity": _positive("quantity", order.quantity),
        "price": _maybe(_positive, "price", order.price),
        "status": order.status,
        "reduce_only": order.reduce_only,
        "time_in_force": order.time_in_force,
        "created_at": instant(order.ts_created_us),
        "updated_at": instant(order.ts_updated_us),
        "origin": order.origin,
        "purpose": order.purpose,
        "post_only": order.post_only,
        "trigger_price": _maybe(_positive, "trigger_price", order.trigger_price),
        "stop_loss": _maybe(_positive, "stop_loss", order.stop_loss),
        "take_profit": _maybe(_positive, "take_profit", order.take_profit),
        "signal_id": order.signal_id,
        "filled_qty": _not_negative("filled_qty", order.filled_qty),
        "avg_px": _maybe(_price, "avg_px", order.avg_px),
        "commission": _exact("commission", order.commission),
        "reason": _text(order.reason),
        "reference_px": _maybe(_price, "reference_px", order.reference_px),
        "group_id": order.group_id,
    }


def _without_what_is_too_fine(order: Order) -> Order:
    """A stranger's order without the prices that its columns cannot hold, which its reason tells:
    it may be on an instrument that is never traded here, and its fills need its row."""
    if order.origin is not OrderOrigin.FOREIGN:
        return order
    prices = {name: getattr(order, name) for name in _PRICES}
    misfits = {name: px for name, px in prices.items() if px is not None and not is_keepable(px)}
    if not misfits:
        return order
    told = ", ".join(f"{name} {px:f}" for name, px in misfits.items())
    reason = f"{order.reason}; {told}: finer than its column" if order.reason else told
    return replace(
        order,
        price=None if "price" in misfits else order.price,
        trigger_price=None if "trigger_price" in misfits else order.trigger_price,
        stop_loss=None if "stop_loss" in misfits else order.stop_loss,
        take_profit=None if "take_profit" in misfits else order.take_profit,
        reason=reason,
    )


def _fill(fill: Fill) -> Row:
    other = fill.other_commission
    return {
        **_leg(fill.leg_id),
        "trade_id": _id("trade_id", fill.trade_id),
        "client_order_id": fill.client_order_id,
        "exchange_order_id": fill.exchange_order_id,
        "side": fill.side,
        "last_qty": _positive("last_qty", fill.last_qty),
        "last_px": _price("last_px", fill.last_px),
        "commission": _exact("commission", fill.commission),
        "liquidity_side": fill.liquidity_side,
        "event_at": instant(fill.ts_event_us),
        "other_amount": None if other is None else _exact("other_amount", other.amount),
        "other_coin": None if other is None else _text(other.coin),
        "group_id": fill.group_id,
    }


def _group(group: LegGroup) -> Row:
    if group.long_leg.symbol != group.short_leg.symbol:
        raise StoreError(f"{group.group_id}: expected one symbol on both exchanges")
    since_us, marked = group.one_sided_since_us, group.marked_leg
    return {
        "group_id": _id("group_id", group.group_id),
        "symbol": _symbol(group.long_leg.symbol),
        "long_exchange": group.long_leg.exchange,
        "short_exchange": group.short_leg.exchange,
        "phase": group.phase,
        "cause": _text(group.cause),
        "quantity": _exact("quantity", group.quantity),
        "target": _exact("target", group.target),
        "expected_net_bps": _exact("expected_net_bps", group.expected_net_bps),
        "one_sided_max_us": group.one_sided_max_us,
        "loss_max": _exact("loss_max", group.loss_max),
        "opened_at": instant(group.ts_opened_us),
        "market_at": instant(group.ts_market_us),
        "updated_at": instant(group.ts_updated_us),
        "long_net_before": _exact("long_net_before", group.long_net_before),
        "short_net_before": _exact("short_net_before", group.short_net_before),
        "fill_ups": group.fill_ups,
        "was_hedged": group.was_hedged,
        "marked_idx": None if marked is None else int(marked.position_idx),
        "marked_px": _maybe(_price, "marked_px", group.marked_px),
        "one_sided_since": None if since_us is None else instant(since_us),
        "one_sided_longest_us": group.one_sided_longest_us,
        "unmatched_loss_worst": _exact("unmatched_loss_worst", group.unmatched_loss_worst),
        "long_pnl": _exact("long_pnl", group.long_pnl),
        "short_pnl": _exact("short_pnl", group.short_pnl),
    }


def _funding(payment: FundingPayment) -> Row:
    return {
        **_leg(payment.leg_id),
        "trade_id": _id("trade_id", payment.trade_id),
        "amount": _exact("amount", payment.amount),
        "event_at": instant(payment.ts_event_us),
    }


def _position(leg: PositionLeg) -> Row:
    return {
        **_leg(leg.leg_id),
        "quantity": _not_negative("quantity", leg.quantity),
        "entry_value": _exact("entry_value", leg.entry_value),
        "realized_pnl": _exact("realized_pnl", leg.realized_pnl),
        "commission": _exact("commission", leg.commission),
        "funding": _exact("funding", leg.funding),
        "episode": leg.episode,
        "opened_at": instant(leg.ts_opened_us),
        "updated_at": instant(leg.ts_updated_us),
        "entered_qty": _not_negative("entered_qty", leg.entered_qty),
    }


def _risk_event(event: RiskEvent) -> Row:
    leg = {"exchange": None, "symbol": None, "position_idx": None}
    return {
        **(leg if event.leg_id is None else _leg(event.leg_id)),
        "event_id": _id("event_id", event.event_id),
        "control": event.control,
        "measured_value": _text(event.measured),
        "limit_value": _text(event.limit),
        "action": event.action,
        "signal_id": event.signal_id,
    }


def _balance(balance: Balance) -> Row:
    return {
        "exchange": balance.exchange,
        "coin": balance.coin,
        "equity": _exact("equity", balance.equity),
        "wallet_balance": _exact("wallet_balance", balance.wallet_balance),
        "available": _exact("available", balance.available),
        "event_at": instant(balance.ts_event_us),
    }


def _began(began: AccountBegan) -> Row:
    return {"exchange": began.exchange, "ours_from": instant(began.ours_from_us)}


def _trading_state(change: TradingStateChanged) -> Row:
    return {
        "changed_at": instant(change.ts_init_us),
        "state": change.state,
        "who": _text(change.who),
        "why": _text(change.why),
    }


def _figure(figure: RiskFigure) -> Row:
    return {
        "name": figure.name,
        "scope": figure.scope,
        "value": _exact("value", figure.value),
        "event_at": instant(figure.ts_event_us),
        "updated_at": instant(figure.ts_updated_us),
    }


def _step(step: ProtectionStep) -> Row:
    return {
        **_leg(step.protection.leg_id),
        "stop_loss": _maybe(_positive, "stop_loss", step.protection.stop_loss),
        "take_profit": _maybe(_positive, "take_profit", step.protection.take_profit),
        "cause": _text(step.cause),
        "episode": step.episode,
        "price_seen": _maybe(_price, "price_seen", step.price_seen),
        "status": step.status,
        "updates": step.updates,
    }


def asked_step(asked: SetLegProtection) -> ProtectionStep:
    """A command that asks for protection, as a step of the stop's path outside any life."""
    return ProtectionStep(
        protection=asked.protection,
        episode=0,
        cause=asked.cause,
        price_seen=None,
        status=StepStatus.ASKED,
    )


def _protection(asked: SetLegProtection) -> Row:
    return _step(asked_step(asked))


def _rung(rung: LadderRung) -> Row:
    if not 0 <= rung.filled_qty <= rung.quantity:
        raise StoreError(
            f"level {rung.level} of {rung.leg_id} filled {rung.filled_qty} of {rung.quantity};"
            " a level is executed once"
        )
    return {
        **_leg(rung.leg_id),
        "episode": rung.episode,
        "level": rung.level,
        "trigger_ratio": _price("percent", rung.percent).scaleb(-2),
        "close_ratio": _price("close_ratio", rung.close_ratio),
        "close_qty": _positive("close_qty", rung.quantity),
        "trigger_price": _positive("trigger_price", rung.price),
        "client_order_id": rung.client_order_id,
        "cause": _text(rung.cause),
        "filled_qty": _not_negative("filled_qty", rung.filled_qty),
        "attempts": rung.attempts,
        "price_seen": _maybe(_price, "price_seen", rung.price_seen),
        "status": rung.status,
    }


_BUILDERS: Mapping[type, tuple[str, Callable[[Any], Row]]] = {
    Signal: ("signals", _signal),
    Order: ("orders", _order),
    Fill: ("fills", _fill),
    FundingPayment: ("funding_payments", _funding),
    PositionLeg: ("positions", _position),
    RiskEvent: ("risk_events", _risk_event),
    Balance: ("balances", _balance),
    AccountBegan: ("account_beginnings", _began),
    TradingStateChanged: ("trading_states", _trading_state),
    SetLegProtection: ("sltp_history", _protection),
    ProtectionStep: ("sltp_history", _step),
    RiskFigure: ("risk_figures", _figure),
    LadderRung: ("partial_tp_history", _rung),
    LegGroup: ("leg_groups", _group),
}
