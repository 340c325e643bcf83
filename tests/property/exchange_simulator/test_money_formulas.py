"""The vendor's formulas and worked examples, and that they agree with one another everywhere."""

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exchange_simulator import margin
from exchange_simulator.funding import settle_funding
from exchange_simulator.instruments import floor_to, instrument_of
from exchange_simulator.liquidation import bankruptcy_price
from exchange_simulator.model import Account, Leg, MarginMode, Side
from exchange_simulator.orders import place
from exchange_simulator.protocols.bybit.rows import position_row
from exchange_simulator.rules import Rules
from exchange_simulator.settings import set_leverage, set_margin_mode
from exchange_simulator.state import Exchange
from tests.unit.exchange_simulator.builders import START_MS, go, hedger, make_exchange, order

D = Decimal
UNIT = D("1e-8")
prices = st.decimals("1", "200000", places=1, allow_nan=False)
quantities = st.decimals("0.001", "50", places=3, allow_nan=False)
leverages = st.integers(1, 100).map(Decimal)
sides = st.sampled_from(Side)


@given(sides, quantities, prices, leverages)
def test_order_cost_is_margin_and_both_fees(
    side: Side, qty: Decimal, price: Decimal, leverage: Decimal
) -> None:
    """value/L + opening fee + closing fee at the bankruptcy price."""
    rate = D("0.00055")
    value = qty * price
    bankruptcy = price * (1 - side.sign / leverage)
    wanted = value / leverage + value * rate + qty * bankruptcy * rate
    cost = margin.order_cost(side, qty, price, leverage, rate)
    assert abs(cost - wanted) <= UNIT
    assert margin.order_cost(Side.SELL, qty, price, leverage, rate) >= margin.order_cost(
        Side.BUY, qty, price, leverage, rate
    )


def test_order_cost_of_the_help_page() -> None:
    """A buy of 1 BTC at 10,000 with 10 times costs 1000 + 5.5 + 4.95, a sale 1000 + 5.5 + 6.05."""
    rate = D("0.00055")
    assert margin.order_cost(Side.BUY, D(1), D(10_000), D(10), rate) == D("1010.45")
    assert margin.order_cost(Side.SELL, D(1), D(10_000), D(10), rate) == D("1011.55")


def isolated(price: int, leverage: int, side: str = "Buy") -> tuple[Exchange, Account, Leg]:
    """An isolated leg of 1 BTC entered at exactly a price."""
    exchange = make_exchange([str(price)] * 3)
    account = hedger(exchange)
    set_margin_mode(exchange, account, MarginMode.ISOLATED)
    if leverage != 10:
        set_leverage(exchange, account, "BTCUSDT", D(leverage), D(leverage))
    index = 1 if side == "Buy" else 2
    place(exchange, account, order(side, "1", index))
    leg = account.legs[("BTCUSDT", index)]
    leg.cost = D(price)
    return exchange, account, leg


def test_the_isolated_liquidation_price_solves_its_own_equation() -> None:
    """20,000 at 50 times and 0.5 %: the classic 19,700 is the same equation valued at entry.

    The unified account values maintenance margin at the mark price, so 19,600 / 0.995 = 19,698.49.
    """
    exchange, account, leg = isolated(20_000, 50)
    assert margin.liquidation_price(exchange, account, leg) == D("19698.5")
    rate = exchange.instrument("BTCUSDT").tiers[0].maintenance_rate
    assert rate == D("0.005")
    classic = leg.average - (leg.cost / 50 - leg.cost * rate) / leg.qty
    assert classic == 19_700
    exchange, account, leg = isolated(20_000, 50, "Sell")
    assert margin.liquidation_price(exchange, account, leg) == D("20298.5")


@settings(max_examples=40)
@given(st.integers(1_000, 90_000), st.integers(2, 90), st.sampled_from(["Buy", "Sell"]))
def test_liquidation_comes_before_bankruptcy(price: int, leverage: int, side: str) -> None:
    """Margin runs out on the losing side of the entry, and before the money itself does."""
    exchange, account, leg = isolated(price, leverage, side)
    liquidation = margin.liquidation_price(exchange, account, leg)
    bankrupt = bankruptcy_price(exchange, account, leg)
    sign = 1 if side == "Buy" else -1
    assume(liquidation is not None)
    assert liquidation is not None
    assert sign * leg.average > sign * liquidation
    assert sign * (liquidation - bankrupt) >= -1


@settings(max_examples=40)
@given(st.decimals("0.001", "5", places=3), st.decimals("-0.003", "0.003", places=6))
def test_funding_moves_exactly_what_it_says(qty: Decimal, rate: Decimal) -> None:
    """size x mark x rate; what the long pays the short gets, and the log has the other sign."""
    boundary = START_MS + 8 * 3_600_000
    boundary = boundary // 28_800_000 * 28_800_000
    exchange = make_exchange(["60000"] * 3, rates={boundary: float(rate)})
    long, short = hedger(exchange, "1000000"), hedger(exchange, "1000000", key="OTHER")
    place(exchange, long, order("Buy", str(qty), 1))
    place(exchange, short, order("Sell", str(qty), 2))
    before = (long.wallet, short.wallet)
    settle_funding(exchange, boundary)
    paid = qty * exchange.market("BTCUSDT").mark * exchange.market("BTCUSDT").funding_rate(boundary)
    assert before[0] - long.wallet == paid
    assert short.wallet - before[1] == paid
    assert (long.executions[-1].fee, long.log[-1].funding) == (paid, -paid)
    assert long.log[-1].change == -paid
    assert long.log[-1].balance == long.wallet


def test_the_vendors_settlement_row() -> None:
    """100 x 0.3676 x 0.0001: a long pays 0.003676."""
    boundary = (START_MS // 28_800_000 + 1) * 28_800_000
    exchange = make_exchange(
        ["60000"] * 3,
        rates={boundary: 0.0001},
        more_symbols={"XRPUSDT": ["0.3676"] * 3},
    )
    account = hedger(exchange)
    place(exchange, account, order("Buy", "100", 1, symbol="XRPUSDT"))
    settle_funding(exchange, boundary)
    assert (account.log[-1].kind, account.log[-1].funding) == ("SETTLEMENT", D("-0.003676"))


@settings(max_examples=60)
@given(
    st.integers(2_000, 90_000),
    st.decimals("0.01", "0.9", places=3),
    st.sampled_from(["Buy", "Sell"]),
)
def test_closing_at_the_break_even_price_neither_wins_nor_loses(
    price: int, qty: Decimal, side: str
) -> None:
    """Realised so far, the price difference and the closing fee sum to nothing."""
    exchange = make_exchange([str(price)] * 3)
    account = hedger(exchange)
    index = 1 if side == "Buy" else 2
    place(exchange, account, order(side, str(qty), index))
    leg = account.legs[("BTCUSDT", index)]
    even = D(position_row(exchange, account, leg)["breakEvenPrice"])
    sign = 1 if side == "Buy" else -1
    result = leg.realised_now + (qty * even - leg.cost) * sign - qty * even * D("0.00055")
    assert abs(result) < D("0.000001")


@given(prices, st.sampled_from(["0.1", "0.01", "0.5", "0.0001", "5"]))
def test_flooring_is_the_largest_multiple_below(value: Decimal, step_text: str) -> None:
    """Never above, never a whole step below, always a multiple."""
    step = D(step_text)
    floored = floor_to(value, step)
    assert floored <= value < floored + step
    assert floored % step == 0


@given(st.sampled_from(["BTC", "ETH", "XRP", "APE", "NEW"]), st.integers(1, 10**9))
def test_maintenance_margin_never_jumps_between_tiers(base: str, value: int) -> None:
    """One more USDT of position never lowers the margin, nor raises it by more than its rate."""
    instrument = instrument_of(f"{base}USDT")
    worth = D(value)

    def maintenance(at: Decimal) -> Decimal:
        tier = instrument.tier_for(at)
        return at * tier.maintenance_rate - tier.deduction

    step = maintenance(worth + 1) - maintenance(worth)
    assert 0 < step <= instrument.tiers[-1].maintenance_rate


def test_margin_of_a_pair_is_netted_only_by_switch_and_only_in_cross() -> None:
    """Isolated legs always hold their own."""
    for netted, mode, legs in (
        (False, MarginMode.CROSS, 2),
        (True, MarginMode.CROSS, 1),
        (True, MarginMode.ISOLATED, 2),
    ):
        exchange = make_exchange(["60000"] * 3, rules=Rules(net_hedged_margin=netted))
        account = hedger(exchange)
        if mode is MarginMode.ISOLATED:
            set_margin_mode(exchange, account, mode)
        place(exchange, account, order("Buy", "1", 1))
        place(exchange, account, order("Sell", "1", 2))
        go(exchange, 0.1)
        one = 60_000 / D(10) + 60_000 * D("0.00055")
        assert margin.summary(exchange, account).position_initial == one * legs
