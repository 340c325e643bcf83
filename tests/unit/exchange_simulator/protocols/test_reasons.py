"""Every reason of refusal has words in every exchange's language."""

from dataclasses import replace
from typing import Any

import pytest

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.protocols.binance import wire as binance
from exchange_simulator.protocols.bybit import codes as bybit
from exchange_simulator.protocols.okx import wire as okx
from tests.unit.exchange_simulator.builders import make_bybit
from tests.unit.exchange_simulator.protocols.binance.speaking import make_binance
from tests.unit.exchange_simulator.protocols.okx.speaking import make_okx

EXCHANGE = make_binance(["60000"] * 2)[0].exchange


@pytest.mark.parametrize("reason", list(Reason))
def test_bybit_has_a_code_and_a_text(reason: Reason) -> None:
    """The code is positive and the text is not empty."""
    error = bybit.api_error(Refusal(reason))
    assert error.code > 0
    assert error.message


@pytest.mark.parametrize("reason", list(Reason))
def test_binance_has_a_code_and_a_text(reason: Reason) -> None:
    """The code is negative, the status 4xx, and no placeholder is left in the text."""
    error = binance.api_error(Refusal(reason), EXCHANGE)
    assert error.code < 0
    assert error.status == 400
    assert error.message
    assert "{" not in error.message


@pytest.mark.parametrize("reason", list(Reason))
def test_okx_has_a_code_and_a_text(reason: Reason) -> None:
    """The code is five digits, and none is the system's own failure."""
    error = okx.api_error(Refusal(reason))
    assert len(error.code) == 5
    assert error.code.isdigit()
    assert not error.code.startswith("500")
    assert error.message


def test_a_halted_symbol_is_refused_in_each_language() -> None:
    """110074, -4140 and 51022: the contract is not live."""
    answers: dict[str, Any] = {}
    bybit_exchange, bybit_client = make_bybit(["60000"] * 3)
    binance_exchange, binance_client = make_binance(["60000"] * 3)
    okx_exchange, okx_client = make_okx(["60000"] * 3)
    for one in (bybit_exchange, binance_exchange, okx_exchange):
        one.exchange.rules = replace(one.exchange.rules, halted_symbols=("BTCUSDT",))
    fields = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market"}
    answers["bybit"] = bybit_client.post("order/create", **fields, qty="0.1", positionIdx=1)
    answers["binance"] = binance_client.order("BUY", "LONG", "0.1")
    answers["okx"] = okx_client.order("buy", "long", "1")
    assert answers["bybit"]["retCode"] == 110074
    assert answers["binance"]["code"] == -4140
    assert answers["okx"]["data"][0]["sCode"] == "51022"
