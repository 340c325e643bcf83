"""Margin of a symbol's own beside shared margin, in one account."""

from decimal import Decimal

import pytest

from exchange_simulator import margin
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import MarginMode
from exchange_simulator.orders import place
from exchange_simulator.settings import (
    add_margin,
    set_leverage,
    set_margin_mode,
    set_symbol_margin_mode,
)
from tests.unit.exchange_simulator.builders import go, hedger, make_exchange, order

D = Decimal
TWO = {"ETHUSDT": ["3000"] * 6}


def test_a_symbol_is_switched_alone() -> None:
    """The others keep the account's mode, and the same mode again is refused."""
    exchange = make_exchange(["60000"] * 6, more_symbols=TWO)
    account = hedger(exchange)
    set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    assert (account.isolated("BTCUSDT"), account.isolated("ETHUSDT")) == (True, False)
    with pytest.raises(Refusal) as caught:
        set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    assert caught.value.reason is Reason.MARGIN_MODE_UNCHANGED


def test_orders_and_positions_of_the_symbol_block_its_switch() -> None:
    """Those of another symbol do not."""
    exchange = make_exchange(["60000"] * 6, more_symbols=TWO)
    account = hedger(exchange)
    resting = place(exchange, account, order("Buy", "0.1", 1, "59000"))
    with pytest.raises(Refusal) as caught:
        set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    assert caught.value.reason is Reason.MARGIN_MODE_HAS_ORDERS
    assert resting.open
    place(exchange, account, order("Buy", "1", 1, symbol="ETHUSDT"))
    with pytest.raises(Refusal) as caught:
        set_symbol_margin_mode(exchange, account, "ETHUSDT", MarginMode.ISOLATED)
    assert caught.value.reason is Reason.MARGIN_MODE_BLOCKED


def test_switching_the_account_takes_every_symbol_with_it() -> None:
    """A symbol's own choice does not outlive the account's."""
    exchange = make_exchange(["60000"] * 6, more_symbols=TWO)
    account = hedger(exchange)
    set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    set_margin_mode(exchange, account, MarginMode.ISOLATED)
    set_margin_mode(exchange, account, MarginMode.CROSS)
    assert not account.isolated("BTCUSDT")


def test_an_isolated_leg_is_liquidated_and_the_shared_one_lives() -> None:
    """Only the leg's own margin is lost; the cross leg of the other symbol is untouched."""
    exchange = make_exchange(["60000", "60000", "54000", "54000"], more_symbols=TWO)
    account = hedger(exchange, balance="10000")
    set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    set_leverage(exchange, account, "BTCUSDT", D(20), D(20))
    place(exchange, account, order("Buy", "0.1", 1))
    place(exchange, account, order("Buy", "1", 1, symbol="ETHUSDT"))
    own = account.legs[("BTCUSDT", 1)].own_margin
    before = account.wallet
    go(exchange, 3)
    assert not account.legs[("BTCUSDT", 1)].qty
    assert account.legs[("ETHUSDT", 1)].qty == 1
    assert before - own - 10 < account.wallet < before


def test_the_shared_pool_does_not_count_isolated_margin() -> None:
    """What a leg has as its own backs no other leg."""
    exchange = make_exchange(["60000"] * 6, more_symbols=TWO)
    account = hedger(exchange, balance="10000")
    set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    place(exchange, account, order("Buy", "0.1", 1))
    leg = account.legs[("BTCUSDT", 1)]
    add_margin(exchange, account, leg, D(500))
    equity, maintenance = margin.cross_pool(exchange, account)
    assert leg.own_margin == leg.cost / leg.leverage + 500
    assert equity == account.wallet - leg.own_margin
    assert maintenance == 0


def test_a_shared_loss_does_not_free_money_of_an_isolated_profit() -> None:
    """Unrealised profit of an isolated leg is not available to others, a cross leg's is."""
    exchange = make_exchange(["60000", "60000", "61000", "61000"], more_symbols=TWO)
    account = hedger(exchange)
    set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    place(exchange, account, order("Buy", "1", 1))
    go(exchange, 2.5)
    total = margin.summary(exchange, account)
    assert total.unrealised > 900
    assert total.available == total.wallet - total.position_initial


def test_a_symbols_legs_may_differ_in_leverage_where_they_are_isolated() -> None:
    """In shared margin both must be equal."""
    exchange = make_exchange(["60000"] * 6, more_symbols=TWO)
    account = hedger(exchange)
    set_symbol_margin_mode(exchange, account, "BTCUSDT", MarginMode.ISOLATED)
    set_leverage(exchange, account, "BTCUSDT", D(5), D(7))
    with pytest.raises(Refusal):
        set_leverage(exchange, account, "ETHUSDT", D(5), D(7))
