"""Closes legs by force when an account's, or an isolated leg's, margin is used up.

Orders are canceled first; a leg in a higher risk tier is reduced by one tier at the mark price; a
leg in the lowest tier is taken over at its bankruptcy price: the account's wallet ends at zero in
cross margin, and the leg's own margin is gone in isolated margin.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from exchange_simulator import margin
from exchange_simulator.fills import end_order
from exchange_simulator.instruments import floor_to
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.matching import take_over
from exchange_simulator.model import (
    ZERO,
    Account,
    CancelCause,
    CreateCause,
    ExecutionKind,
    Leg,
    Order,
    OrderKind,
    TimeInForce,
)
from exchange_simulator.state import Exchange, Liquidation, money

__all__ = ["bankruptcy_price", "check_liquidations"]


def check_liquidations(exchange: Exchange, market: SymbolMarket) -> None:
    """Liquidate what the symbol's new mark price has used up."""
    symbol = market.instrument.symbol
    for account_id in sorted(exchange.exposed[symbol]):
        account = exchange.by_id[account_id]
        legs = [leg for leg in account.held() if leg.symbol == symbol]
        own = [leg for leg in legs if account.isolated(symbol, leg.index)]
        for leg in own:
            _check_isolated(exchange, account, market, leg)
        if len(own) < len(legs):
            _check_cross(exchange, account)


def _check_cross(exchange: Exchange, account: Account) -> None:
    equity, maintenance = margin.cross_pool(exchange, account)
    if maintenance < equity:
        return
    _cancel_orders(exchange, account, None)
    if any(_step_down(exchange, account, leg) for leg in margin.cross_legs(account)):
        return
    legs = sorted(margin.cross_legs(account), key=lambda leg: (leg.symbol, leg.index))
    legs.sort(key=lambda leg: leg.unrealised(exchange.markets[leg.symbol].mark), reverse=True)
    for leg in legs:
        last_one = len(margin.cross_legs(account)) == 1
        price = exchange.markets[leg.symbol].mark
        if last_one:
            price = bankruptcy_price(exchange, account, leg)
        _close(exchange, account, leg, price)


def _check_isolated(exchange: Exchange, account: Account, market: SymbolMarket, leg: Leg) -> None:
    part = margin.leg_margin(leg, market.mark, market.instrument, exchange.rules)
    lacking = part.maintenance - part.unrealised - leg.own_margin
    if lacking < 0 or _draw_margin(exchange, account, leg, lacking):
        return
    _cancel_orders(exchange, account, leg)
    if not _step_down(exchange, account, leg):
        _close(exchange, account, leg, bankruptcy_price(exchange, account, leg))


def _draw_margin(exchange: Exchange, account: Account, leg: Leg, lacking: Decimal) -> bool:
    """Let a leg with automatic margin take its initial margin once more from the wallet."""
    wanted = max(lacking, leg.cost / leg.leverage)
    if not leg.auto_add_margin or wanted > margin.summary(exchange, account).available:
        return False
    leg.extra_margin += money(wanted)
    exchange.touch_leg(account, leg)
    return True


def _step_down(exchange: Exchange, account: Account, leg: Leg) -> bool:
    """Reduce a leg of a higher tier to the limit of the tier below; tells whether it did."""
    market = exchange.markets[leg.symbol]
    mark, instrument = market.mark, market.instrument
    number = instrument.tier_for(leg.qty * mark).number
    if number == 1:
        return False
    keep = floor_to(instrument.tiers[number - 2].limit_value / mark, instrument.qty_step)
    if not 0 < keep < leg.qty:
        return False
    _close(exchange, account, leg, mark, qty=leg.qty - keep, cause=CreateCause.LIQUIDATION)
    return True


def bankruptcy_price(exchange: Exchange, account: Account, leg: Leg) -> Decimal:
    """Return the price at which the leg's backing money is exactly gone, on a tick.

    The backing is the wallet in cross margin and the leg's own margin in isolated margin, less
    the closing fee. A loss beyond it is the market's, so the tick is rounded in the account's
    favour.
    """
    instrument = exchange.markets[leg.symbol].instrument
    sign = leg.side.sign if leg.side is not None else 1
    if account.isolated(leg.symbol, leg.index):
        backing = leg.own_margin
    else:
        others = [other for other in margin.cross_legs(account) if other is not leg]
        marks = exchange.markets
        backing = margin.cross_wallet(account) + sum(
            (other.unrealised(marks[other.symbol].mark) for other in others), ZERO
        )
    raw = (leg.cost - sign * backing) / leg.qty / (1 - sign * exchange.rules.taker_rate)
    rounding = ROUND_CEILING if sign > 0 else ROUND_FLOOR
    ticks = (raw / instrument.tick_size).to_integral_value(rounding)
    return max(instrument.min_price, ticks * instrument.tick_size)


def _cancel_orders(exchange: Exchange, account: Account, leg: Leg | None) -> None:
    for order in list(account.open_orders.values()):
        mine = leg is None or (order.symbol, order.leg_index) == (leg.symbol, leg.index)
        if mine and order.open:
            end_order(exchange, order, cause=CancelCause.BEFORE_LIQUIDATION)


def _close(
    exchange: Exchange,
    account: Account,
    leg: Leg,
    price: Decimal,
    *,
    qty: Decimal | None = None,
    cause: CreateCause = CreateCause.TAKE_OVER,
) -> None:
    """Close a leg, or `qty` of it, by force; a take-over is a BustTrade, a reduction a Trade."""
    if leg.side is None:
        return
    qty, side = qty or leg.qty, leg.side.opposite
    order = Order(
        order_id=exchange.identifier("order"),
        client_id="",
        account_id=account.account_id,
        symbol=leg.symbol,
        side=side,
        leg_index=leg.index,
        kind=OrderKind.MARKET,
        price=price,
        qty=qty,
        leaves=qty,
        time_in_force=TimeInForce.IOC,
        created_ms=exchange.now_ms,
        updated_ms=exchange.now_ms,
        sequence=exchange.number("sequence"),
        reduce_only=True,
        closing=True,
        create_cause=cause,
        last_on_created=exchange.markets[leg.symbol].last,
    )
    account.open_orders[order.order_id] = order
    bust = cause is CreateCause.TAKE_OVER
    take_over(exchange, order, price, ExecutionKind.BUST if bust else ExecutionKind.TRADE)
    exchange.tell_liquidation(
        Liquidation(
            symbol=leg.symbol,
            side=side,
            qty=qty,
            price=price,
            time_ms=exchange.now_ms,
        )
    )
