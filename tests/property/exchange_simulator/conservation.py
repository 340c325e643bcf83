"""What holds on every exchange at every moment, whatever its clients do."""

from decimal import Decimal

from exchange_simulator.model import OWN_MARGIN, Account, Leg, Order, Side, Status, StopKind
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.state import Exchange

__all__ = ["check_all"]

ZERO = Decimal(0)


def check_all(exchange: Exchange, clients: list[Account]) -> None:
    """Check money, wallets, legs, books and orders of an exchange."""
    money_is_conserved(exchange, clients)
    books_are_sound(exchange)
    for client in clients:
        wallets_explain_themselves(client)
        legs_equal_their_fills(client)
        closing_orders_fit(client)
        orders_add_up(client)


def money_is_conserved(exchange: Exchange, clients: list[Account]) -> None:
    """Cash, unrealised profit and fees of all accounts sum to the deposits, exactly."""
    total = ZERO
    for account in exchange.by_id.values():
        total += account.wallet + account.fees_paid
        for leg in account.legs.values():
            total += leg.unrealised(exchange.market(leg.symbol).mark)
    assert total == sum(client.deposited for client in clients)
    assert sum(account.funding_paid for account in exchange.by_id.values()) == 0


def wallets_explain_themselves(client: Account) -> None:
    """A wallet is its deposit plus its log; the log is realised - fees - funding."""
    assert client.wallet == client.deposited + sum(row.change for row in client.log)
    realised = sum((row.realised for row in client.executions), ZERO)
    paid = sum((row.fee for row in client.executions), ZERO)
    assert client.wallet == client.deposited + realised - paid


def legs_equal_their_fills(client: Account) -> None:
    """Signed fills of a leg sum to it; a hedge leg never flips and is never negative."""
    sums: dict[tuple[str, int], Decimal] = {}
    for row in client.executions:
        if row.kind != "Funding":
            key = (row.symbol, row.leg_index)
            sums[key] = sums.get(key, ZERO) + row.qty * row.side.sign
    for key, leg in client.legs.items():
        sign = leg.side.sign if leg.side else 0
        assert leg.qty >= 0
        assert leg.qty * sign == sums.get(key, ZERO)
        assert (leg.qty == 0) == (leg.side is None)
        assert leg.qty or (leg.cost == 0 and leg.open_fees == 0)
        if leg.index % OWN_MARGIN:
            assert leg.side in (None, Side.BUY if leg.index % OWN_MARGIN == 1 else Side.SELL)


def books_are_sound(exchange: Exchange) -> None:
    """The book is never crossed, and its levels are positive."""
    for symbol in exchange.markets:
        bids = book_levels(exchange, symbol, bids=True, depth=5)
        asks = book_levels(exchange, symbol, bids=False, depth=5)
        assert bids[0][0] < asks[0][0]
        assert all(steps > 0 for _, steps in bids + asks)


def closing_orders_fit(client: Account) -> None:
    """Resting closing orders of a leg never sum to more than the leg."""
    for leg in client.legs.values():
        resting = (order.leaves for order in _orders(client, leg) if order.resting)
        assert sum(resting) <= leg.qty


def _orders(client: Account, leg: Leg) -> list[Order]:
    return [
        order
        for order in client.open_orders.values()
        if order.closing and (order.symbol, order.leg_index) == (leg.symbol, leg.index)
    ]


def orders_add_up(client: Account) -> None:
    """Open orders have something left, ended ones hold no margin, full stops cover the leg."""
    held = sum((order.margin_held for order in client.open_orders.values()), ZERO)
    assert client.order_margin == held
    for order in client.open_orders.values():
        assert order.leaves > 0
        assert order.open
        assert order.filled + order.leaves == order.qty
        assert order.resting == (order.status is not Status.UNTRIGGERED)
        if order.stop_kind not in (StopKind.NONE, StopKind.CONDITIONAL) or order.whole_leg:
            assert order.qty <= client.legs[(order.symbol, order.leg_index)].qty
    for order in client.closed_orders.values():
        assert not order.open
        assert not order.resting
        assert order.margin_held == 0
    for leg in client.legs.values():
        for stop in (leg.take_profit, leg.stop_loss, leg.trailing):
            assert stop is None or (stop.qty == leg.qty and stop.open)
