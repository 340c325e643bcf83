"""A killed run beside its twin that lived: once both have settled, they hold the same.

The market stands still from the kill on, for both, so what may differ are instants and generated
ids, which no picture holds. What the killed process had decided and not yet sent is lost with it
where it opens something: an entry is never sent by a later process, since its moment has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import Order, OrderPurpose
from bot_trading.domain.risk import FigureName
from bot_trading.engine.state import EngineState
from exchange_simulator.model import Account, Status
from exchange_simulator.state import Exchange

__all__ = ["Picture", "differences", "take_picture"]

# An equity or a peak holds the gain of open legs at the instant at which it was confirmed.
_FIGURES = frozenset(FigureName) - {FigureName.EQUITY, FigureName.EQUITY_PEAK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An opening order: of which leg, as pictures name it, and what it paid in fees."""

    leg: str
    is_filled: bool
    paid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is held at one instant: `facts` in words, by what they are about.

    `entries` are those of which an order arrived at its exchange, by client order id.
    """

    facts: Mapping[str, str]
    entries: Mapping[str, Entry]
    wallets: Mapping[str, Decimal]


def take_picture(
    state: EngineState,
    places: Mapping[str, tuple[Exchange, Account]],
    arrived: Mapping[str, int],
) -> Picture:
    """What the bot believes and what its exchanges hold; `arrived` counts orders by id."""
    facts = {"trading state": state.trading_state.value}
    for leg_id, leg in state.legs.items():
        facts[f"{_name(leg_id)}: leg"] = (
            f"{leg.quantity:f} of {leg.entered_qty:f} for {leg.entry_value:f},"
            f" realised {leg.realized_pnl:f}, paid {leg.commission:f}, funding {leg.funding:f},"
            f" life {leg.episode}"
        )
        resting = state.resting.get(leg_id)
        if not leg.is_flat and resting is not None:
            facts[f"{_name(leg_id)}: stop"] = f"{resting.stop_loss} and {resting.take_profit}"
        exits = state.exits.get(leg_id)
        for rung in () if exits is None or leg.is_flat else exits.rungs:
            facts[f"{_name(leg_id)}: level {rung.level}"] = (
                f"{rung.status.value} {rung.filled_qty:f} of {rung.quantity:f} at {rung.price:f}"
            )
    for about, rows in _by_leg(state).items():
        facts[f"{about}: live orders"] = "; ".join(sorted(rows))
    for figure in _FIGURES:
        for row in state.risk.named(figure):
            facts[f"figure {figure} {row.scope}"] = f"{row.value:f}"
    for name, (exchange, account) in places.items():
        facts |= _held(name, exchange, account)
    orders = {**state.finished, **state.orders}
    return Picture(
        facts=facts,
        entries={
            named: Entry(
                leg=_name(order.leg_id), is_filled=order.filled_qty > 0, paid=order.commission
            )
            for named, order in orders.items()
            if order.purpose is OrderPurpose.ENTRY and arrived.get(named)
        },
        wallets={name: account.wallet for name, (_, account) in places.items()},
    )


def _by_leg(state: EngineState) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for order in state.orders.values():
        rows.setdefault(_name(order.leg_id), []).append(_order(order))
    return rows


def _name(leg_id: LegId) -> str:
    """As an exchange's own facts name a leg."""
    return f"{leg_id.exchange} {leg_id.symbol}-{int(leg_id.position_idx)}"


def _order(order: Order) -> str:
    """An order by its role."""
    at = order.trigger_price if order.price is None else order.price
    return (
        f"{order.purpose.value} {order.side.value} {order.order_type.value}"
        f" {order.filled_qty:f} of {order.quantity:f} at {at} {order.status.value}"
    )


def _held(name: str, exchange: Exchange, account: Account) -> dict[str, str]:
    """What the exchange itself holds for the account."""
    facts: dict[str, str] = {}
    for (symbol, index), leg in account.legs.items():
        if leg.qty:
            prices = (each and each.trigger_price for each in (leg.stop_loss, leg.take_profit))
            own = " and ".join(str(price) for price in prices)
            facts[f"{name} {symbol}-{index}: held"] = f"{leg.qty:f} for {leg.cost:f}, {own}"
    resting: dict[str, list[str]] = {}
    stops: dict[tuple[str, int, Decimal | None], Decimal] = {}
    for order in account.open_orders.values():
        if order.status is Status.UNTRIGGERED:
            level = (order.symbol, order.leg_index, order.trigger_price)
            stops[level] = stops.get(level, Decimal(0)) + order.leaves
            continue
        resting.setdefault(f"{name} {order.symbol}-{order.leg_index}: rests", []).append(
            f"{order.side.value} {order.kind.value} {order.leaves:f} at {order.price}"
            f" {order.status.value}"
        )
    for (symbol, index, trigger), quantity in stops.items():
        # Several stops of one level are as good as one, and none closes more than its leg.
        covered = min(quantity, exchange.leg(account, symbol, index).qty or quantity)
        resting.setdefault(f"{name} {symbol}-{index}: rests", []).append(
            f"{covered:f} closed from {_plain(trigger)}"
        )
    return facts | {about: "; ".join(sorted(rows)) for about, rows in resting.items()}


def _plain(price: Decimal | None) -> str:
    """A price as its value; who sent it may have written more digits."""
    return "no price" if price is None else f"{price.normalize():f}"


def differences(killed: Picture, lived: Picture) -> list[str]:
    """What differs, in sentences; none where the restart brought everything back.

    Where only the twin could send an entry, its leg is another one, and the entry itself and what
    it paid are taken out of what the twin holds.
    """
    lost = [entry for named, entry in lived.entries.items() if named not in killed.entries]
    legs = {entry.leg for entry in lost if entry.is_filled}
    counted = f"figure {FigureName.EXECUTIONS} "
    said = []
    for about in sorted({*killed.facts, *lived.facts}):
        ours, theirs = killed.facts.get(about, "nothing"), lived.facts.get(about, "nothing")
        if about.partition(": ")[0] in legs:
            continue
        if about == counted and theirs != "nothing":
            theirs = f"{int(theirs) - sum(entry.is_filled for entry in lost)}"
        if ours != theirs:
            said.append(f"{about}: {ours} after the kill, {theirs} without it")
    for name, wallet in lived.wallets.items():
        paid = sum((entry.paid for entry in lost if entry.leg.startswith(name)), Decimal(0))
        if killed.wallets[name] != wallet + paid:
            said.append(f"{name}: a wallet of {killed.wallets[name]}, without the kill {wallet}")
    return said
