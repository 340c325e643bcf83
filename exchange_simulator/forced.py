"""What the exchange does to an account by itself: deleveraging, and switching its mode."""

from decimal import Decimal

from exchange_simulator.instruments import floor_to
from exchange_simulator.matching import take_over
from exchange_simulator.model import (
    Account,
    CreateCause,
    ExecutionKind,
    Leg,
    Order,
    OrderKind,
    PositionMode,
    TimeInForce,
)
from exchange_simulator.state import Exchange

__all__ = ["deleverage", "force_hedge", "force_one_way"]


def deleverage(exchange: Exchange, account: Account, leg: Leg, part: Decimal) -> bool:
    """Close a part of a leg at the mark price (AdlTrade); tells whether anything was closed."""
    instrument = exchange.instrument(leg.symbol)
    qty = leg.qty if part >= 1 else floor_to(leg.qty * part, instrument.qty_step)
    if leg.side is None or qty <= 0:
        return False
    mark = exchange.market(leg.symbol).mark
    order = Order(
        order_id=exchange.identifier("order"),
        client_id="",
        account_id=account.account_id,
        symbol=leg.symbol,
        side=leg.side.opposite,
        leg_index=leg.index,
        kind=OrderKind.MARKET,
        price=mark,
        qty=qty,
        leaves=qty,
        time_in_force=TimeInForce.IOC,
        created_ms=exchange.now_ms,
        updated_ms=exchange.now_ms,
        sequence=exchange.number("sequence"),
        reduce_only=True,
        closing=True,
        create_cause=CreateCause.DELEVERAGING,
        last_on_created=exchange.market(leg.symbol).last,
    )
    account.open_orders[order.order_id] = order
    take_over(exchange, order, mark, ExecutionKind.ADL)
    return True


def force_one_way(exchange: Exchange, account: Account) -> list[str]:
    """Switch every flat symbol without orders to one-way mode; returns those switched.

    Where the mode is the account's, it is all symbols or none.
    """
    whole = not exchange.rules.modes_by_symbol
    if whole and (account.held() or account.open_orders):
        return []
    switched = []
    for symbol in exchange.markets:
        held = any(leg.qty for key, leg in account.legs.items() if key[0] == symbol)
        ordered = any(order.symbol == symbol for order in account.open_orders.values())
        if not held and not ordered and account.mode(symbol) is PositionMode.HEDGE:
            account.modes[symbol] = PositionMode.ONE_WAY
            switched.append(symbol)
    if whole:
        account.default_mode = PositionMode.ONE_WAY
    return switched


def force_hedge(exchange: Exchange, account: Account, symbols: list[str]) -> bool:
    """Switch symbols back to hedge mode; nothing is done while one of them holds or orders."""
    held = any(leg.symbol in symbols for leg in account.held())
    if held or any(order.symbol in symbols for order in account.open_orders.values()):
        return False
    for symbol in symbols:
        account.modes[symbol] = PositionMode.HEDGE
    if not exchange.rules.modes_by_symbol:
        account.default_mode = PositionMode.HEDGE
    return True
