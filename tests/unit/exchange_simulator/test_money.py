"""Funding, margin, liquidation, leverage, modes and amendments."""

from decimal import Decimal

import pytest

from exchange_simulator import margin
from exchange_simulator.amend import AmendRequest, amend
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import (
    Account,
    CancelCause,
    CreateCause,
    ExecutionKind,
    MarginMode,
    PositionMode,
    Status,
)
from exchange_simulator.orders import place
from exchange_simulator.rules import Rules
from exchange_simulator.settings import (
    add_margin,
    set_auto_margin,
    set_leverage,
    set_margin_mode,
    switch_mode,
)
from exchange_simulator.state import Exchange
from tests.unit.exchange_simulator.builders import START_MS, go, hedger, make_exchange, order

D = Decimal
EIGHT_HOURS_MS = 28_800_000


def opened(prices: list[str], balance: str = "100000", qty: str = "1") -> tuple[Exchange, Account]:
    """A long of some BTC, opened at the first price."""
    exchange = make_exchange(prices)
    account = hedger(exchange, balance)
    place(exchange, account, order("Buy", qty, 1))
    exchange.flush()
    return exchange, account


def test_funding_is_size_times_mark_times_rate() -> None:
    """A long pays a positive rate, a short receives it, and the log shows the opposite sign."""
    boundary = START_MS + EIGHT_HOURS_MS
    exchange = make_exchange(["60000"] * 490, rates={boundary: 0.0001})
    long, short = hedger(exchange, key="L"), hedger(exchange, key="S")
    place(exchange, long, order("Buy", "0.5", 1))
    place(exchange, short, order("Sell", "0.5", 2))
    go(exchange, 481)
    paid = D("0.5") * D(60000) * D("0.0001")
    assert (long.funding_paid, short.funding_paid) == (paid, -paid)
    settled = long.executions[-1]
    assert (settled.kind, settled.fee, settled.time_ms) == (ExecutionKind.FUNDING, paid, boundary)
    assert (long.log[-1].kind, long.log[-1].funding) == ("SETTLEMENT", -paid)
    assert long.log[-1].balance == long.wallet


def test_a_hedged_pair_nets_to_no_funding() -> None:
    """Both legs settle, and cancel out."""
    boundary = START_MS + EIGHT_HOURS_MS
    exchange = make_exchange(["60000"] * 490, rates={boundary: 0.0005})
    account = hedger(exchange)
    place(exchange, account, order("Buy", "0.5", 1))
    place(exchange, account, order("Sell", "0.5", 2))
    go(exchange, 481)
    assert account.funding_paid == 0
    kinds = [row.kind for row in account.executions]
    assert kinds.count(ExecutionKind.FUNDING) == 2


def test_order_cost_is_the_vendors_formula() -> None:
    """value / L + value x taker + value x (1 - 1/L) x taker for a buy."""
    cost = margin.order_cost(order("Buy", "1", 1).side, D(1), D(20_000), D(50), D("0.00055"))
    assert cost == D("400") + D("11") + D("20000") * D("0.98") * D("0.00055")


def test_margin_is_held_for_open_orders_and_released() -> None:
    """A resting order lowers what is available until it ends."""
    exchange = make_exchange(["60000"] * 5)
    account = hedger(exchange)
    before = margin.summary(exchange, account).available
    resting = place(exchange, account, order("Buy", "1", 1, "50000"))
    held = margin.summary(exchange, account)
    assert held.available == before - resting.margin_held
    assert held.order_initial == resting.margin_held > 5000


def test_hedged_margin_is_the_sum_or_the_larger_by_switch() -> None:
    """Whether legs net in cross margin is a switch."""
    totals = []
    for netted in (False, True):
        exchange = make_exchange(["60000"] * 5, rules=Rules(net_hedged_margin=netted))
        account = hedger(exchange)
        place(exchange, account, order("Buy", "1", 1))
        place(exchange, account, order("Sell", "1", 2))
        totals.append(margin.summary(exchange, account).position_initial)
    assert totals[0] == 2 * totals[1]


def test_cross_liquidation_takes_the_account_when_margin_is_gone() -> None:
    """Orders are canceled first; the leg goes at its bankruptcy price; no debt is left."""
    exchange, account = opened(["60000", "60000", "52000", "52000"], balance="7000")
    resting = place(exchange, account, order("Buy", "0.01", 1, "55000"))
    stop_price = margin.liquidation_price(exchange, account, account.legs[("BTCUSDT", 1)])
    assert stop_price is not None
    assert D(52_000) < stop_price < D(60_000)
    go(exchange, 2.1)
    assert resting.cancel_cause in (CancelCause.BEFORE_LIQUIDATION, CancelCause.NONE)
    assert account.legs[("BTCUSDT", 1)].qty == 0
    assert account.executions[-1].kind is ExecutionKind.BUST
    assert D(0) <= account.wallet < D(10)
    assert exchange.liquidations[0].symbol == "BTCUSDT"


def test_isolated_liquidation_spares_the_rest_of_the_wallet() -> None:
    """Only the leg's own margin is lost."""
    exchange = make_exchange(["60000", "60000", "53000", "53000"])
    account = hedger(exchange)
    set_margin_mode(exchange, account, MarginMode.ISOLATED)
    place(exchange, account, order("Buy", "1", 1))
    price = margin.liquidation_price(exchange, account, account.legs[("BTCUSDT", 1)])
    assert price is not None
    assert D(54_000) < price < D(54_600)
    go(exchange, 2.1)
    assert account.legs[("BTCUSDT", 1)].qty == 0
    assert D(93_900) < account.wallet < D(94_000)


def test_a_large_leg_is_reduced_by_a_tier_before_it_is_taken_over() -> None:
    """A reduction is a Trade made by liquidation; the lowest tier ends in a take-over."""
    exchange = make_exchange(["60000", "60000", "53600", "53600", "53600"])
    account = hedger(exchange, "300000")
    place(exchange, account, order("Buy", "45", 1))
    go(exchange, 3.1)
    causes = [row.create_cause for row in account.executions if row.closed_qty]
    assert causes[0] is CreateCause.LIQUIDATION
    assert set(causes) <= {CreateCause.LIQUIDATION, CreateCause.TAKE_OVER}
    assert account.wallet >= 0


def test_automatic_margin_saves_an_isolated_leg() -> None:
    """With auto-add the leg draws from the wallet instead of being liquidated."""
    left = []
    for automatic in (False, True):
        exchange = make_exchange(["60000", "60000", "53500", "53500"])
        account = hedger(exchange)
        set_margin_mode(exchange, account, MarginMode.ISOLATED)
        place(exchange, account, order("Buy", "1", 1))
        if automatic:
            set_auto_margin(exchange, account, account.legs[("BTCUSDT", 1)], on=True)
        go(exchange, 2.1)
        left.append(account.legs[("BTCUSDT", 1)].qty)
    assert left == [D(0), D(1)]


def test_funding_of_an_isolated_leg_comes_from_its_margin_by_switch() -> None:
    """Which money pays moves the liquidation price, or not."""
    prices = []
    for switch in (False, True):
        boundary = START_MS + EIGHT_HOURS_MS
        exchange = make_exchange(
            ["60000"] * 490,
            rates={boundary: 0.003},
            rules=Rules(funding_from_isolated=switch),
        )
        account = hedger(exchange)
        set_margin_mode(exchange, account, MarginMode.ISOLATED)
        place(exchange, account, order("Buy", "1", 1))
        go(exchange, 481)
        leg = account.legs[("BTCUSDT", 1)]
        prices.append(margin.liquidation_price(exchange, account, leg))
        assert account.funding_paid == D(180)
    assert prices[0] is not None
    assert prices[1] is not None
    assert prices[1] > prices[0] + 170


def test_a_hedged_pair_has_no_liquidation_price() -> None:
    """Equal legs do not care where the price goes."""
    exchange, account = opened(["60000"] * 3)
    place(exchange, account, order("Sell", "1", 2))
    for index in (1, 2):
        leg = account.legs[("BTCUSDT", index)]
        assert margin.liquidation_price(exchange, account, leg) is None


def test_leverage_rules() -> None:
    """Both sides equal in cross; unchanged and out of range are refused."""
    exchange, account = opened(["60000"] * 3)
    for pair, reason in (
        ((5, 6), Reason.BAD_PARAMETER),
        ((10, 10), Reason.LEVERAGE_UNCHANGED),
        ((500, 500), Reason.LEVERAGE_OUT_OF_RANGE),
    ):
        with pytest.raises(Refusal) as caught:
            set_leverage(exchange, account, "BTCUSDT", D(pair[0]), D(pair[1]))
        assert caught.value.reason is reason
    set_leverage(exchange, account, "BTCUSDT", D(20), D(20))
    assert account.legs[("BTCUSDT", 1)].leverage == 20


def test_mode_switch_is_refused_while_anything_is_open() -> None:
    """A position or an order blocks the switch; the present mode is said to be unchanged."""
    exchange, account = opened(["60000"] * 3)
    for mode, reason in (
        (PositionMode.HEDGE, Reason.MODE_UNCHANGED),
        (PositionMode.ONE_WAY, Reason.MODE_HAS_POSITION),
    ):
        with pytest.raises(Refusal) as caught:
            switch_mode(exchange, account, symbol="BTCUSDT", mode=mode)
        assert caught.value.reason is reason
    place(exchange, account, order("Sell", "1", 1, reduce_only=True))
    place(exchange, account, order("Buy", "1", 1, "50000"))
    with pytest.raises(Refusal) as caught:
        switch_mode(exchange, account, symbol="BTCUSDT", mode=PositionMode.ONE_WAY)
    assert caught.value.reason is Reason.MODE_HAS_ORDERS


def test_margin_can_be_added_to_an_isolated_leg_only() -> None:
    """More margin moves the liquidation price away."""
    exchange, account = opened(["60000"] * 3)
    leg = account.legs[("BTCUSDT", 1)]
    with pytest.raises(Refusal):
        add_margin(exchange, account, leg, D(100))
    fresh = make_exchange(["60000"] * 3)
    account = hedger(fresh)
    set_margin_mode(fresh, account, MarginMode.ISOLATED)
    place(fresh, account, order("Buy", "1", 1))
    leg = account.legs[("BTCUSDT", 1)]
    before = margin.liquidation_price(fresh, account, leg)
    add_margin(fresh, account, leg, D(1000))
    after = margin.liquidation_price(fresh, account, leg)
    assert before is not None
    assert after is not None
    assert after < before - 900


def test_amending_the_quantity_down_keeps_the_queue() -> None:
    """Less quantity keeps the place; a new price loses it."""
    exchange, account = opened(["60000"] * 3)
    first = place(exchange, account, order("Buy", "1", 1, "50000"))
    sequence = first.sequence
    amend(exchange, account, first, AmendRequest(qty=D("0.5")))
    assert (first.sequence, first.leaves) == (sequence, D("0.5"))
    amend(exchange, account, first, AmendRequest(price=D("51000")))
    assert first.sequence > sequence
    assert first.status is Status.NEW


def test_amending_into_the_market_trades_at_once() -> None:
    """A repriced order takes what it reaches."""
    exchange, account = opened(["60000"] * 3)
    resting = place(exchange, account, order("Buy", "0.5", 1, "50000"))
    amend(exchange, account, resting, AmendRequest(price=D("60100")))
    assert resting.status is Status.FILLED
    assert not account.executions[-1].maker


def test_an_amendment_that_changes_nothing_is_refused() -> None:
    """The same values again are an error."""
    exchange, account = opened(["60000"] * 3)
    resting = place(exchange, account, order("Buy", "0.5", 1, "50000"))
    with pytest.raises(Refusal) as caught:
        amend(exchange, account, resting, AmendRequest(price=D("50000"), qty=D("0.5")))
    assert caught.value.reason is Reason.ORDER_NOT_MODIFIED


def test_closed_pnl_includes_both_fees() -> None:
    """What a round trip earned is exactly what the wallet moved."""
    exchange, account = opened(["60000", "60000", "60500", "60500"])
    go(exchange, 2.1)
    place(exchange, account, order("Sell", "0.4", 1, reduce_only=True))
    place(exchange, account, order("Sell", "0.6", 1, reduce_only=True))
    earned = sum(row.pnl for row in account.closed_pnl.values())
    assert earned == account.wallet - account.deposited
