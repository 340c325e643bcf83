"""How much money legs and orders hold, what is left, and where a leg would be liquidated.

Unified account: position value uses the mark price; initial margin = value / leverage + estimated
closing fee; maintenance margin = value x rate - deduction + estimated closing fee.
Order cost = value / L + value x taker + value x (1 -+ 1/L) x taker (vendor's help page).
"""

from dataclasses import dataclass
from decimal import Decimal

from exchange_simulator.instruments import Instrument
from exchange_simulator.model import ZERO, Account, Leg, Order, Side, Status
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange, money

__all__ = [
    "LegMargin",
    "Summary",
    "cross_legs",
    "cross_pool",
    "cross_wallet",
    "hold",
    "leg_margin",
    "liquidation_price",
    "order_cost",
    "summary",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMargin:
    """A leg's value and margins at the mark price."""

    value: Decimal
    initial: Decimal
    maintenance: Decimal
    unrealised: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """An account's money at the present mark prices."""

    wallet: Decimal
    unrealised: Decimal
    equity: Decimal
    position_initial: Decimal
    position_maintenance: Decimal
    order_initial: Decimal
    available: Decimal


def leg_margin(leg: Leg, mark: Decimal, instrument: Instrument, rules: Rules) -> LegMargin:
    """Return a leg's margins; all zero for a flat leg."""
    if not leg.qty:
        return LegMargin(value=ZERO, initial=ZERO, maintenance=ZERO, unrealised=ZERO)
    value = leg.qty * mark
    closing_fee = value * rules.taker_rate
    return LegMargin(
        value=value,
        initial=money(max(ZERO, value / leg.leverage + closing_fee + leg.extra_margin)),
        maintenance=_maintenance(value, closing_fee, instrument),
        unrealised=money(leg.unrealised(mark)),
    )


def _maintenance(value: Decimal, closing_fee: Decimal, instrument: Instrument) -> Decimal:
    tier = instrument.tier_for(value)
    return money(value * tier.maintenance_rate - tier.deduction + closing_fee)


def order_cost(
    side: Side, qty: Decimal, price: Decimal, leverage: Decimal, rate: Decimal
) -> Decimal:
    """Return what an opening order holds until it is filled or ends."""
    value = qty * price
    bust = 1 - side.sign / leverage
    return money(value / leverage + value * rate + value * bust * rate)


def hold(exchange: Exchange, account: Account, order: Order) -> None:
    """Bring the margin held for an order up to date with its state."""
    active = order.status in (Status.NEW, Status.PARTIALLY_FILLED)
    held = ZERO
    if active and not order.closing and order.leaves:
        leg = exchange.leg(account, order.symbol, order.leg_index)
        price = order.price or exchange.market(order.symbol).mark
        held = order_cost(order.side, order.leaves, price, leg.leverage, exchange.rules.taker_rate)
    account.order_margin += held - order.margin_held
    order.margin_held = held


def cross_legs(account: Account) -> list[Leg]:
    """Return the legs that share the account's money."""
    return [leg for leg in account.held() if not account.isolated(leg.symbol, leg.index)]


def cross_wallet(account: Account) -> Decimal:
    """Return the wallet without what isolated legs have as their own."""
    own = (leg.own_margin for leg in account.held() if account.isolated(leg.symbol, leg.index))
    return account.wallet - sum(own, ZERO)


def cross_pool(exchange: Exchange, account: Account) -> tuple[Decimal, Decimal]:
    """Return equity and maintenance margin of the legs that share the account's money."""
    equity, maintenance = cross_wallet(account), ZERO
    for leg in cross_legs(account):
        market = exchange.markets[leg.symbol]
        mark = market.mark
        value = leg.qty * mark
        closing_fee = value * exchange.rules.taker_rate
        equity += money(leg.unrealised(mark))
        maintenance += _maintenance(value, closing_fee, market.instrument)
    return equity, maintenance


def summary(exchange: Exchange, account: Account) -> Summary:
    """Return the account's totals; losses of isolated legs beyond their margin are not hidden."""
    unrealised = shared = initial = maintenance = ZERO
    pairs: dict[tuple[str, bool], list[Decimal]] = {}
    for leg in account.held():
        market = exchange.markets[leg.symbol]
        part = leg_margin(leg, market.mark, market.instrument, exchange.rules)
        unrealised += part.unrealised
        isolated = account.isolated(leg.symbol, leg.index)
        shared += ZERO if isolated else part.unrealised
        maintenance += part.maintenance
        pairs.setdefault((leg.symbol, isolated), []).append(part.initial)
    for (_, isolated), parts in pairs.items():
        netted = exchange.rules.net_hedged_margin and not isolated
        initial += max(parts) if netted else sum(parts, ZERO)
    equity = account.wallet + unrealised
    return Summary(
        wallet=account.wallet,
        unrealised=unrealised,
        equity=equity,
        position_initial=initial,
        position_maintenance=maintenance,
        order_initial=account.order_margin,
        available=max(ZERO, account.wallet + shared - initial - account.order_margin),
    )


def liquidation_price(exchange: Exchange, account: Account, leg: Leg) -> Decimal | None:
    """Estimate the mark price at which the leg is liquidated; None where it cannot be reached.

    Isolated: long (entry (1 - 1/L) - (extra + D)/size) / (1 - MMR), short the mirror image.
    Cross: the price at which the account's equity equals its maintenance margin, all other
    symbols' prices unchanged.
    """
    if leg.side is None:
        return None
    market = exchange.markets[leg.symbol]
    instrument = market.instrument
    price: Decimal | None
    if account.isolated(leg.symbol, leg.index):
        price = _isolated(leg, market.mark, instrument)
    else:
        price = _cross(exchange, account, leg.symbol)
    if price is None or not instrument.min_price <= price <= instrument.max_price:
        return None
    return (price / instrument.tick_size).to_integral_value() * instrument.tick_size


def _isolated(leg: Leg, mark: Decimal, instrument: Instrument) -> Decimal:
    tier = instrument.tier_for(leg.qty * mark)
    cushion = (leg.extra_margin + tier.deduction) / leg.qty
    sign = leg.side.sign if leg.side is not None else 1
    numerator = leg.average * (1 - sign / leg.leverage) - sign * cushion
    return numerator / (1 - sign * tier.maintenance_rate)


def _cross(exchange: Exchange, account: Account, symbol: str) -> Decimal | None:
    equity = cross_wallet(account)
    slope = weight = constant = ZERO
    for leg in cross_legs(account):
        market = exchange.markets[leg.symbol]
        part = leg_margin(leg, market.mark, market.instrument, exchange.rules)
        sign = leg.side.sign if leg.side is not None else 0
        if leg.symbol != symbol:
            equity += part.unrealised
            constant += part.maintenance
            continue
        equity -= leg.cost * sign
        slope += leg.qty * sign
        tier = market.instrument.tier_for(part.value)
        weight += leg.qty * (tier.maintenance_rate + exchange.rules.taker_rate)
        constant -= tier.deduction
    if slope == weight:
        return None
    return (constant - equity) / (slope - weight)
