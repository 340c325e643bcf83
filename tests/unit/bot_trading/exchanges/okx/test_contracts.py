"""Symbols and sizes in OKX's words, exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.okx.contracts import (
    Contract,
    Contracts,
    DoesNotFit,
    inst_id_of,
    symbol_of,
)
from tests.builders.okx_frames import btc_contracts


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=12))
def test_names_come_back(base: str) -> None:
    """Every base coin survives the way to OKX and back."""
    assert symbol_of(inst_id_of(f"{base}USDT", "USDT")) == f"{base}USDT"


@pytest.mark.parametrize("symbol", ["", "USDT", "BTCUSD", "BTC-USDT-SWAP", "btcusdt"])
def test_a_symbol_of_another_coin_does_not_fit(symbol: str) -> None:
    """What is not settled in our coin is no instrument of ours."""
    with pytest.raises(DoesNotFit, match="settled in USDT"):
        inst_id_of(symbol, "USDT")


@pytest.mark.parametrize(
    "inst_id", ["", "BTC", "BTC-USDT", "BTC-USDT-240628", "-USDT-SWAP", "BTC--SWAP", "A-B-C-SWAP"]
)
def test_what_is_no_swap_is_malformed(inst_id: str) -> None:
    """Spot, futures and nonsense have no symbol here."""
    with pytest.raises(MalformedMessage, match="expected a swap"):
        symbol_of(inst_id)
    assert not btc_contracts().knows(inst_id)


@given(
    value=st.sampled_from(["0.001", "0.01", "0.1", "1", "10", "1000"]),
    lot=st.sampled_from(["0.01", "0.1", "1", "5"]),
    lots=st.integers(1, 10**9),
)
def test_whole_lots_convert_exactly_both_ways(value: str, lot: str, lots: int) -> None:
    """No rounding: base coin to contracts and back is the same number."""
    contracts = Contracts()
    contracts.put([_contract(Decimal(value), Decimal(lot))])
    quantity = lots * Decimal(lot) * Decimal(value)
    size = contracts.size("XUSDT", quantity)
    assert size == lots * Decimal(lot)
    assert contracts.quantity("XUSDT", size) == quantity


@given(st.decimals("0.0000001", 1000, places=7))
def test_what_is_between_two_lots_is_refused_and_never_rounded(quantity: Decimal) -> None:
    """A size goes out only when it is the quantity."""
    contracts = btc_contracts()
    if quantity % Decimal("0.001"):
        with pytest.raises(DoesNotFit, match="no multiple of BTCUSDT"):
            contracts.size("BTCUSDT", quantity)
    else:
        assert contracts.size("BTCUSDT", quantity) * Decimal("0.01") == quantity


@pytest.mark.parametrize("quantity", ["0", "-0.01"])
def test_nothing_and_less_do_not_fit(quantity: str) -> None:
    """An order of nothing is none."""
    with pytest.raises(DoesNotFit):
        btc_contracts().size("BTCUSDT", Decimal(quantity))


def test_an_unknown_contract_is_neither_converted_nor_guessed() -> None:
    """Without its contract value a size means nothing."""
    empty = Contracts()
    assert not empty.are_read
    assert btc_contracts().are_read
    with pytest.raises(DoesNotFit, match="lists no swap"):
        empty.size("BTCUSDT", Decimal(1))
    with pytest.raises(MalformedMessage, match="before its contract value"):
        empty.quantity("BTCUSDT", Decimal(1))


def test_a_contract_that_changed_counts_from_then_on() -> None:
    """The newest word on a contract's value is the one that holds."""
    contracts = btc_contracts()
    contracts.put([_contract(Decimal("0.001"), Decimal(1), "BTCUSDT")])
    assert contracts.quantity("BTCUSDT", Decimal(3)) == Decimal("0.003")


def _contract(value: Decimal, lot: Decimal, symbol: str = "XUSDT") -> Contract:
    most = Decimal(10**12)
    return Contract(symbol=symbol, value=value, lot=lot, least=lot, most=most, most_at_market=most)
