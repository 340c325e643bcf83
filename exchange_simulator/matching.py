"""Price-time matching of orders against the market's book and against each other.

The market's tape is exogenous: clients trade with its book but do not move its trades. At one
price the market's quantity comes first, then clients' orders by time. A resting order is filled
when the market trades through its price, or at its price once the quantity ahead of it is gone.
"""

from decimal import Decimal
from typing import NamedTuple

from exchange_simulator import margin
from exchange_simulator.fills import end_order, fill, fit_closing_orders, fit_stops
from exchange_simulator.instruments import floor_to
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.model import (
    ZERO,
    CancelCause,
    ExecutionKind,
    Order,
    OrderKind,
    RejectCause,
    Side,
    Status,
    TimeInForce,
)
from exchange_simulator.state import Exchange
from exchange_simulator.stops import attach_stops

__all__ = ["best_price", "execute", "match_market", "take_over"]


class _Offer(NamedTuple):
    """The best thing to trade against: a client's order, or a level of the market."""

    price: Decimal
    qty: Decimal
    order: Order | None
    ticks: int


def execute(exchange: Exchange, order: Order) -> None:
    """Let an accepted order trade, then rest or end; tells its state at the end."""
    account = exchange.by_id[order.account_id]
    order.status = Status.PARTIALLY_FILLED if order.filled else Status.NEW
    limit = _limit(exchange, order)
    offer = _offer(exchange, order)
    if order.time_in_force is TimeInForce.POST_ONLY and _crosses(offer, order, limit):
        end_order(exchange, order, cause=CancelCause.NONE, reject=RejectCause.POST_ONLY)
        return
    if order.time_in_force is TimeInForce.FOK and not _enough(exchange, order, limit):
        end_order(exchange, order, cause=CancelCause.NONE, reject=RejectCause.NO_FULL_FILL)
        return
    _sweep(exchange, order, limit)
    if order.status is Status.CANCELED:
        return
    if not order.leaves:
        end_order(exchange, order)
        return
    if order.time_in_force not in (TimeInForce.GTC, TimeInForce.POST_ONLY):
        end_order(exchange, order, reject=RejectCause.NO_IMMEDIATE_QUANTITY)
        return
    _rest(exchange, order)
    margin.hold(exchange, account, order)
    exchange.tell_order(account, order)


def _limit(exchange: Exchange, order: Order) -> Decimal:
    """A limit order's price; for a market order the edge of the band around the mark."""
    if order.kind is OrderKind.LIMIT:
        return order.price
    band = exchange.rules.market_band_ratio * order.side.sign
    return exchange.markets[order.symbol].mark * (1 + band)


def _crosses(offer: _Offer | None, order: Order, limit: Decimal) -> bool:
    if offer is None:
        return False
    return offer.price <= limit if order.side is Side.BUY else offer.price >= limit


def _offer(exchange: Exchange, order: Order) -> _Offer | None:
    """Return the best offer on the other side; the market comes first at equal prices."""
    market = exchange.markets[order.symbol]
    instrument = market.instrument
    resting = exchange.books[order.symbol].best(order.side.opposite)
    level = next(market.levels(bids=order.side is Side.SELL), None)
    if level is None:
        return _Offer(resting.price, resting.leaves, resting, 0) if resting else None
    ticks, steps = level
    price = instrument.price_of(ticks)
    better = resting is not None and (
        resting.price < price if order.side is Side.BUY else resting.price > price
    )
    if resting is not None and better:
        return _Offer(resting.price, resting.leaves, resting, 0)
    return _Offer(price, instrument.qty_step * steps, None, ticks)


def best_price(exchange: Exchange, symbol: str, side: Side) -> Decimal:
    """Return the best price that a taker of this side would get from market and clients."""
    market = exchange.markets[symbol]
    bid, ask = market.best_ticks
    price = market.instrument.price_of(ask if side is Side.BUY else bid)
    resting = exchange.books[symbol].best(side.opposite)
    if resting is None:
        return price
    return min(price, resting.price) if side is Side.BUY else max(price, resting.price)


def _enough(exchange: Exchange, order: Order, limit: Decimal) -> bool:
    """Whether market and clients together offer the whole quantity within the limit."""
    market = exchange.markets[order.symbol]
    buying = order.side is Side.BUY
    found = ZERO
    for resting in exchange.books[order.symbol].orders(order.side.opposite):
        if (resting.price > limit) if buying else (resting.price < limit):
            break
        found += resting.leaves
    for ticks, steps in market.levels(bids=not buying):
        price = market.instrument.price_of(ticks)
        if found >= order.leaves or ((price > limit) if buying else (price < limit)):
            break
        found += market.instrument.qty_step * steps
    return found >= order.leaves


def _sweep(exchange: Exchange, order: Order, limit: Decimal) -> None:
    """Trade against the best offers until nothing is left or the limit is reached."""
    market = exchange.markets[order.symbol]
    while order.leaves > 0:
        offer = _offer(exchange, order)
        if offer is None or not _crosses(offer, order, limit):
            return
        if offer.order is not None and _self_match(exchange, order, offer.order):
            if order.status is Status.CANCELED:
                return
            continue
        qty = min(order.leaves, offer.qty, _room(exchange, order))
        if qty <= 0:
            end_order(
                exchange, order, cause=CancelCause.BY_REDUCE_ONLY, reject=RejectCause.BY_REQUEST
            )
            return
        if exchange.pieces > 1:
            piece = floor_to(order.qty / exchange.pieces, market.instrument.qty_step)
            qty = min(qty, max(piece, market.instrument.qty_step))
        if offer.order is None:
            market.eat(offer.ticks, int(qty / market.instrument.qty_step))
            exchange.touch_book(order.symbol)
            _fill_crowd(exchange, order, qty, offer.price)
            match_id = ""
        else:
            match_id = exchange.identifier("match")
            _trade(exchange, offer.order, qty, offer.price, maker=True, match_id=match_id)
        _trade(exchange, order, qty, offer.price, maker=False, match_id=match_id)


def _room(exchange: Exchange, order: Order) -> Decimal:
    """How much a closing order may still trade: never more than its leg holds."""
    if not order.closing:
        return order.leaves
    account = exchange.by_id[order.account_id]
    leg = exchange.leg(account, order.symbol, order.leg_index)
    return leg.qty if leg.side is order.side.opposite else ZERO


def _self_match(exchange: Exchange, taker: Order, maker: Order) -> bool:
    """Apply the taker's self-match prevention; tells whether it ended one of the two."""
    if taker.account_id != maker.account_id or taker.self_match == "None":
        return False
    if taker.self_match in ("CancelMaker", "CancelBoth"):
        end_order(exchange, maker, cause=CancelCause.BY_SELF_MATCH, reject=RejectCause.SELF_MATCH)
    if taker.self_match in ("CancelTaker", "CancelBoth"):
        end_order(exchange, taker, cause=CancelCause.BY_SELF_MATCH, reject=RejectCause.SELF_MATCH)
    return True


def _trade(
    exchange: Exchange,
    order: Order,
    qty: Decimal,
    price: Decimal,
    *,
    maker: bool,
    match_id: str = "",
) -> None:
    """Fill one side of a trade and let the leg's other orders follow."""
    change = fill(exchange, order, qty, price, maker=maker, match_id=match_id)
    if maker:
        _after_maker_fill(exchange, order)
    account = exchange.by_id[order.account_id]
    leg = exchange.leg(account, order.symbol, order.leg_index)
    if change.opened_qty:
        attach_stops(exchange, account, order, change.opened_qty)
    if change.closed_qty:
        fit_closing_orders(exchange, account, leg)
    fit_stops(exchange, account, leg)


def _after_maker_fill(exchange: Exchange, order: Order) -> None:
    exchange.touch_book(order.symbol)
    if not order.leaves:
        end_order(exchange, order)
    else:
        exchange.tell_order(exchange.by_id[order.account_id], order)


def _fill_crowd(exchange: Exchange, order: Order, qty: Decimal, price: Decimal) -> None:
    """Book the other side of a trade with the market to account 0."""
    crowd_order = Order(
        order_id="",
        client_id="",
        account_id=exchange.crowd.account_id,
        symbol=order.symbol,
        side=order.side.opposite,
        leg_index=0,
        kind=OrderKind.LIMIT,
        price=price,
        qty=qty,
        leaves=qty,
        time_in_force=TimeInForce.GTC,
        created_ms=exchange.now_ms,
        updated_ms=exchange.now_ms,
        sequence=0,
    )
    fill(exchange, crowd_order, qty, price, maker=True)


def _rest(exchange: Exchange, order: Order) -> None:
    """Put an order into the book behind what the market shows at its price."""
    market = exchange.markets[order.symbol]
    step = market.instrument.qty_step
    ticks = int(order.price / market.instrument.tick_size)
    order.queue_ahead = step * market.shown_at(ticks)
    if not order.resting:
        exchange.books[order.symbol].add(order)
        exchange.touch_book(order.symbol)


def match_market(exchange: Exchange, market: SymbolMarket, trade: MarketTrade) -> None:
    """Fill the resting orders that the market's latest trade reached."""
    book = exchange.books[market.instrument.symbol]
    if not len(book):
        return
    bid, ask = market.best_ticks
    if trade.units:
        # A recorded book may not show what a trade went through; a made one always does.
        ask = min(ask, trade.ticks + (not trade.buyer))
        bid = max(bid, trade.ticks - trade.buyer)
    price_of = market.instrument.price_of
    _reach(exchange, market, trade, Side.BUY, price_of(ask))
    _reach(exchange, market, trade, Side.SELL, price_of(bid))


def _reach(
    exchange: Exchange, market: SymbolMarket, trade: MarketTrade, side: Side, edge: Decimal
) -> None:
    """Fill one side: orders that the market's other side has reached, then those at the trade."""
    book = exchange.books[market.instrument.symbol]
    while (order := book.best(side)) is not None:
        through = order.price >= edge if side is Side.BUY else order.price <= edge
        if not through:
            break
        qty = order.leaves
        _fill_crowd(exchange, order, qty, order.price)
        _trade(exchange, order, qty, order.price, maker=True)
    if trade.buyer is (side is Side.BUY):
        return
    price = market.instrument.price_of(trade.ticks)
    step = market.instrument.qty_step
    left = market.volume(trade.units) // step * step
    for order in [order for order in book.orders(side) if order.price == price]:
        waiting = min(order.queue_ahead, left)
        order.queue_ahead -= waiting
        qty = min(order.leaves, left - waiting)
        left -= qty
        if order.resting and qty > 0:
            _fill_crowd(exchange, order, qty, price)
            _trade(exchange, order, qty, price, maker=True)


def take_over(exchange: Exchange, order: Order, price: Decimal, kind: ExecutionKind) -> None:
    """Close a leg, or a part of it, by force against the market at a price."""
    qty = order.leaves
    _fill_crowd(exchange, order, qty, price)
    fill(exchange, order, qty, price, maker=False, kind=kind)
    account = exchange.by_id[order.account_id]
    leg = exchange.leg(account, order.symbol, order.leg_index)
    end_order(exchange, order)
    fit_closing_orders(exchange, account, leg)
    fit_stops(exchange, account, leg)
