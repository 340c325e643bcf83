"""Time: what happens at a moment, in which order, and what a quiet symbol costs."""

from decimal import Decimal

from exchange_simulator.engine import advance, next_wall_us
from exchange_simulator.funding import next_funding_ms, settle_funding
from exchange_simulator.liquidation import bankruptcy_price, check_liquidations
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.model import Account, Execution, ExecutionKind, Leg, Order
from exchange_simulator.orders import place
from exchange_simulator.state import Exchange, Liquidation
from exchange_simulator.triggers import run_triggers
from tests.unit.exchange_simulator.builders import (
    MINUTE_US,
    START_MS,
    START_US,
    go,
    hedger,
    make_exchange,
    order,
)

D = Decimal


class Diary:
    """A listener that writes down what it is told."""

    def __init__(self, exchange: Exchange) -> None:
        """Listen."""
        self.lines: list[str] = []
        self.exchange = exchange
        exchange.listener = self

    def order_changed(self, account: Account, order: Order) -> None:
        """Note an order."""
        self.lines.append(f"order {order.status.value}")

    def executed(self, account: Account, executions: list[Execution]) -> None:
        """Note fills."""
        self.lines.append(f"executed {len(executions)} {executions[0].kind.value}")

    def leg_changed(self, account: Account, leg: Leg) -> None:
        """Note a leg."""
        self.lines.append(f"leg {leg.index} {leg.qty}")

    def wallet_changed(self, account: Account) -> None:
        """Note a wallet."""
        self.lines.append("wallet")

    def market_traded(self, market: SymbolMarket, trade: MarketTrade) -> None:
        """Note a step."""
        self.lines.append(f"trade {(trade.time_ms - START_MS) // 1000}")

    def candle_closed(self, market: SymbolMarket, close_ms: int) -> None:
        """Note a candle."""
        self.lines.append(f"candle {(close_ms - START_MS) // 1000}")

    def book_changed(self, market: SymbolMarket) -> None:
        """Note a book."""
        self.lines.append("book")

    def liquidated(self, liquidation: Liquidation) -> None:
        """Note a forced close."""
        self.lines.append("liquidated")

    def operation_ended(self) -> None:
        """Note an end."""
        self.lines.append("end")


def test_a_candle_closes_before_the_first_trade_of_the_next() -> None:
    """At a boundary the old candle is told first; every step is told once, in order."""
    exchange = make_exchange(["60000"] * 3)
    exchange.watched["BTCUSDT"] = 1
    diary = Diary(exchange)
    go(exchange, 1)
    steps = [line for line in diary.lines if line != "end"]
    assert steps == ["trade 15", "trade 30", "trade 45", "candle 60", "trade 60"]


def test_the_last_candle_of_a_recording_is_closed_once() -> None:
    """After the end nothing more happens."""
    exchange = make_exchange(["60000"] * 2)
    exchange.watched["BTCUSDT"] = 1
    diary = Diary(exchange)
    go(exchange, 10)
    go(exchange, 10)
    assert [line for line in diary.lines if line.startswith("candle")] == [
        "candle 60",
        "candle 120",
    ]
    assert next_wall_us(exchange) is None


def test_a_fill_is_told_whole_before_the_operation_ends() -> None:
    """Order, then fills, leg, wallet, book, and the end."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    diary = Diary(exchange)
    place(exchange, account, order("Buy", "0.1", 1))
    exchange.flush()
    wanted = ["order Filled", "executed 1 Trade", "leg 1 0.100", "wallet", "book", "end"]
    assert diary.lines == wanted


def test_nobody_watching_means_nothing_to_do() -> None:
    """A quiet symbol has no next moment, jumps, and is right when somebody looks."""
    exchange = make_exchange([str(60_000 + number) for number in range(100)])
    assert next_wall_us(exchange) is None
    go(exchange, 50)
    assert exchange.market("BTCUSDT").last == D("60050.00")
    exchange.watched["BTCUSDT"] = 1
    assert next_wall_us(exchange) == START_US + 50 * MINUTE_US + 15_000_000


def test_a_resting_order_wakes_its_symbol() -> None:
    """An order makes the market walk step by step, so that nothing is jumped over."""
    exchange = make_exchange(["60000", "58000", "60000", "60000"])
    account = hedger(exchange)
    resting = place(exchange, account, order("Buy", "0.1", 1, "59000"))
    go(exchange, 3)
    assert resting.filled == D("0.1")


def test_watched_and_jumped_markets_agree() -> None:
    """Whether somebody watched on the way changes nothing about where the market is."""
    prices = [str(60_000 + number * 7 % 50) for number in range(60)]
    watched, jumped = make_exchange(prices), make_exchange(prices)
    watched.watched["BTCUSDT"] = 1
    for minutes in (3, 1.5, 20):
        go(watched, minutes)
        go(jumped, minutes)
        assert watched.market("BTCUSDT").trade() == jumped.market("BTCUSDT").trade()
        assert watched.now_ms == jumped.now_ms


def test_small_and_large_advances_agree() -> None:
    """The caller's step size changes nothing."""
    ends = []
    for parts in (1, 10, 97):
        exchange = make_exchange(["60000", "59000", "61000", "59500", "60500"] * 4)
        account = hedger(exchange)
        for price in ("59200", "59600", "60100"):
            place(exchange, account, order("Buy", "0.1", 1, price))
        for part in range(1, parts + 1):
            advance(exchange, START_US + 15 * MINUTE_US * part // parts)
        ends.append([(row.time_ms, row.price, row.execution_id) for row in account.executions])
    assert ends[0] == ends[1] == ends[2]
    assert len(ends[0]) == 3


def test_funding_is_due_only_while_a_leg_is_held() -> None:
    """The next boundary is known from the first fill on, and settles once."""
    boundary = START_MS + 28_800_000
    exchange = make_exchange(["60000"] * 500, rates={boundary: 0.0001})
    account = hedger(exchange)
    assert next_funding_ms(exchange) is None
    place(exchange, account, order("Buy", "0.1", 1))
    assert next_funding_ms(exchange) == boundary
    settle_funding(exchange, boundary - 1)
    assert account.funding_paid == 0
    go(exchange, 490)
    assert [row.kind for row in account.executions].count(ExecutionKind.FUNDING) == 1


def test_liquidation_and_triggers_leave_healthy_things_alone() -> None:
    """With enough margin and prices far away nothing happens."""
    exchange = make_exchange(["60000"] * 3)
    account = hedger(exchange)
    request = order("Buy", "0.1", 1, take_profit=D(70000), stop_loss=D(50000))
    place(exchange, account, request)
    market = exchange.market("BTCUSDT")
    check_liquidations(exchange, market)
    run_triggers(exchange, market)
    leg = account.legs[("BTCUSDT", 1)]
    assert leg.qty == D("0.1")
    assert len(account.open_orders) == 2
    assert bankruptcy_price(exchange, account, leg) == exchange.instrument("BTCUSDT").min_price
