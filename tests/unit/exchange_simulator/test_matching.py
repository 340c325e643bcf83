"""Price-time matching: who trades with whom, at what price, and what happens to what is left."""

from decimal import Decimal

from exchange_simulator.model import Status
from exchange_simulator.orders import cancel, place
from exchange_simulator.protocols.book_view import book_levels
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal


def test_a_market_order_pays_the_ask_and_the_taker_fee() -> None:
    """A buyer takes the best ask and pays 0.055 %."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    ask = exchange.market("BTCUSDT").best_ticks[1] * D("0.1")
    done = place(exchange, account, order("Buy", "0.5", 1))
    fill = account.executions[-1]
    assert (fill.price, fill.qty, fill.maker) == (ask, D("0.5"), False)
    assert done.fee == fill.fee == (D("0.5") * ask * D("0.00055")).quantize(D("1e-8"))
    assert account.wallet == D(100_000) - fill.fee


def test_a_large_order_walks_the_book() -> None:
    """Each level gives what it has; the average is worse than the best price."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange, "10000000")
    done = place(exchange, account, order("Buy", "500", 1))
    prices = [fill.price for fill in account.executions]
    assert done.status is Status.FILLED
    assert prices == sorted(prices)
    assert len(prices) > 1


def test_what_a_taker_ate_is_gone_until_the_next_trade() -> None:
    """A second taker meets the book that the first left."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange, "10000000")
    before = book_levels(exchange, "BTCUSDT", bids=False, depth=1)[0]
    place(exchange, account, order("Buy", str(before[1] * D("0.001")), 1))
    after = book_levels(exchange, "BTCUSDT", bids=False, depth=1)[0]
    assert after[0] > before[0]
    exchange.flush()
    go(exchange, 0.5)
    assert len(book_levels(exchange, "BTCUSDT", bids=False, depth=1)) == 1


def test_a_resting_order_fills_when_the_market_trades_through_it() -> None:
    """A buy at 59,900 is filled as maker, at its price, when the market falls to 59,800."""
    exchange = make_exchange(["60000", "60000", "59800", "59800"])
    account = hedger(exchange)
    resting = place(exchange, account, order("Buy", "0.5", 1, "59900"))
    go(exchange, 1)
    assert resting.status is Status.NEW
    go(exchange, 1.1)
    fill = account.executions[-1]
    assert resting.status is Status.FILLED
    assert (fill.price, fill.maker, fill.fee_rate) == (D("59900.00"), True, D("0.0002"))


def test_a_resting_order_waits_for_the_queue_ahead_of_it() -> None:
    """At the market's own price, others' quantity comes first."""
    exchange = make_exchange(["60000", "60000", "60010", "60010"])
    account = hedger(exchange, "10000000")
    bid = exchange.market("BTCUSDT").best_ticks[0] * D("0.1")
    resting = place(exchange, account, order("Buy", "50", 1, str(bid)))
    assert resting.queue_ahead > 0
    ahead = resting.queue_ahead
    go(exchange, 0.3)
    assert resting.filled == 0 or resting.queue_ahead < ahead


def test_clients_trade_with_one_another_by_price_then_time() -> None:
    """The better price first; at one price the earlier order."""
    exchange = make_exchange(["60000"] * 3)
    makers = [hedger(exchange, key=f"M{number}") for number in range(3)]
    taker = hedger(exchange, key="T")
    market = exchange.market("BTCUSDT")
    ask = market.best_ticks[1]
    # Everything up to two gaps above the ask is bought away, so that clients' offers are best.
    for ticks, steps in list(book_levels(exchange, "BTCUSDT", bids=False, depth=400)):
        market.eat(ticks, steps)
    price = [str((ask + offset) * D("0.1")) for offset in (7, 5, 5)]
    rows = [
        place(exchange, maker, order("Sell", "0.1", 2, price[number]))
        for number, maker in enumerate(makers)
    ]
    done = place(exchange, taker, order("Buy", "0.15", 1))
    assert done.status is Status.FILLED
    assert [row.filled for row in rows] == [D(0), D("0.1"), D("0.05")]
    assert taker.executions[0].price == D(price[1])
    assert makers[1].legs[("BTCUSDT", 2)].qty == D("0.1")


def test_a_market_order_stops_at_the_band() -> None:
    """With no liquidity within the band nothing trades and the order is canceled."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    market = exchange.market("BTCUSDT")
    for ticks, steps in list(market.levels(bids=False)):
        market.eat(ticks, steps)
    done = place(exchange, account, order("Buy", "0.5", 1))
    assert (done.status, done.filled) == (Status.CANCELED, D(0))


def test_the_book_shows_clients_orders() -> None:
    """A resting order adds its quantity to the level that everybody sees."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.321", 1, "59990.7"))
    levels = dict(book_levels(exchange, "BTCUSDT", bids=True, depth=200))
    assert levels[599_907] == 321


def test_changes_of_the_book_by_orders_are_counted() -> None:
    """Resting, taking and canceling count; what touches no level does not."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    before = exchange.book_touches["BTCUSDT"]
    resting = place(exchange, account, order("Buy", "1", 1, "59000"))
    assert exchange.book_touches["BTCUSDT"] == before + 1
    cancel(exchange, account, resting)
    assert exchange.book_touches["BTCUSDT"] == before + 2
    place(
        exchange,
        account,
        order("Buy", "1", 1, "60100", trigger_price=D("60500"), trigger_rises=True),
    )
    assert exchange.book_touches["BTCUSDT"] == before + 2
