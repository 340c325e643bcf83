"""Protection under any price path: trailing never loosens, stops close once, prices are right."""

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exchange_simulator import margin
from exchange_simulator.model import Account, Leg, MarginMode, StopMode
from exchange_simulator.orders import place
from exchange_simulator.settings import set_leverage, set_margin_mode
from exchange_simulator.state import Exchange
from exchange_simulator.stops import StopRequest, set_stops
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal
moves = st.lists(st.integers(-150, 150), min_size=5, max_size=25)
legs = st.sampled_from((1, 2))


def walk(start: int, steps: list[int]) -> list[str]:
    """Turn moves in basis points into prices on the tick; the first stands for a minute."""
    price = Decimal(start)
    prices = [str(price), str(price)]
    for step in steps:
        price = (price * (1 + Decimal(step) / 10_000)).quantize(Decimal("0.1"))
        prices.append(str(price))
    return [*prices, prices[-1]]


def opened(prices: list[str], index: int, balance: str = "100000") -> tuple[Exchange, Account, Leg]:
    """An account with one leg of 1 BTC."""
    exchange = make_exchange(prices)
    account = hedger(exchange, balance)
    place(exchange, account, order("Buy" if index == 1 else "Sell", "1", index))
    exchange.flush()
    return exchange, account, account.legs[("BTCUSDT", index)]


@settings(max_examples=80, deadline=None)
@given(steps=moves, index=legs, distance=st.integers(50, 1500))
def test_a_trailing_stop_never_loosens(steps: list[int], index: int, distance: int) -> None:
    """Its trigger only moves in the leg's favour until it fires, and it fires exactly once."""
    prices = walk(60_000, steps)
    exchange, account, leg = opened(prices, index)
    sign = 1 if index == 1 else -1
    set_stops(exchange, account, leg, StopRequest(mode=StopMode.FULL, trailing=D(distance)))
    trailing = leg.trailing
    assert trailing is not None
    before = trailing.trigger_price
    for _ in range(4 * len(prices)):
        go(exchange, 0.25)
        now = trailing.trigger_price
        assert before is not None
        assert now is not None
        assert sign * (now - before) >= 0
        before = now
    best = max(sign * D(price) for price in prices) * sign
    worst = max(
        sign * (max(D(p) * sign for p in prices[: n + 1]) * sign - D(price))
        for n, price in enumerate(prices)
    )
    fired = worst >= distance
    assert (leg.qty == 0) == fired
    assert sum(1 for row in account.executions if row.closed_qty and row.leaves == 0) == fired
    assert before is not None
    assert sign * (best - before) >= 0


@settings(max_examples=80, deadline=None)
@given(
    steps=moves,
    index=legs,
    profit=st.integers(20, 400),
    loss=st.integers(20, 400),
)
def test_the_first_stop_reached_closes_the_leg_and_ends_the_other(
    steps: list[int], index: int, profit: int, loss: int
) -> None:
    """Whichever comes first, exactly one closes the whole leg; nothing is left behind."""
    prices = walk(60_000, steps)
    exchange, account, leg = opened(prices, index)
    sign = 1 if index == 1 else -1
    target = D(60_000) * (1 + sign * D(profit) / 10_000)
    stop = D(60_000) * (1 - sign * D(loss) / 10_000)
    request = StopRequest(mode=StopMode.FULL, take_profit=target, stop_loss=stop)
    set_stops(exchange, account, leg, request)
    go(exchange, len(prices) + 1)
    reached = ""
    for price in map(D, prices[1:]):
        if sign * (price - target) >= 0:
            reached = "TakeProfit"
        elif sign * (price - stop) <= 0:
            reached = "StopLoss"
        if reached:
            break
    closing = [row for row in account.executions if row.closed_qty]
    assert {row.stop_kind.value for row in closing} == ({reached} if reached else set())
    assert sum((row.qty for row in closing), D(0)) == (1 if reached else 0)
    assert len(account.open_orders) == (0 if reached else 2)


@settings(max_examples=100, deadline=None)
@given(
    index=legs,
    leverage=st.integers(2, 50),
    balance=st.integers(3_000, 60_000),
    isolated=st.booleans(),
)
def test_the_liquidation_price_is_where_margin_runs_out(
    index: int, leverage: int, balance: int, isolated: bool
) -> None:
    """A tick before it the leg lives; well beyond it the leg is gone."""
    sign = 1 if index == 1 else -1
    side = "Buy" if index == 1 else "Sell"

    def run(last: Decimal | None) -> tuple[Exchange, Account, Leg]:
        prices = ["60000", "60000"] + ([str(last)] * 3 if last else [])
        exchange = make_exchange(prices)
        account = hedger(exchange, str(balance))
        if isolated:
            set_margin_mode(exchange, account, MarginMode.ISOLATED)
        if leverage != 10:
            set_leverage(exchange, account, "BTCUSDT", D(leverage), D(leverage))
        wanted = D(60_000) / leverage + 120
        assume(balance > wanted)
        place(exchange, account, order(side, "1", index))
        exchange.flush()
        return exchange, account, account.legs[("BTCUSDT", index)]

    exchange, account, leg = run(None)
    price = margin.liquidation_price(exchange, account, leg)
    assume(price is not None)
    assert price is not None
    # The isolated formula leaves the closing fee out, as the vendor's does.
    slack = price / 1000 if isolated else D(1)
    edges = ((price + sign * slack, True), (price - sign * slack, False))
    for last, alive in edges:
        if last <= 0:
            continue
        exchange, account, leg = run(last)
        go(exchange, 3.5)
        assert (leg.qty == 1) == alive
