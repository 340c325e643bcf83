"""What an entry may hold: the smallest bound, explained, and never more than was asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.risk.sizing import SizeQuestion, SizingSpec, entry_size, kelly_ratio
from tests.builders.core import an_instrument, d

SPEC = SizingSpec(
    risk_per_trade_ratio=d("0.001"),
    range_calm_bps=d(100),
    confidence_floor_ratio=d("0.5"),
    confidence_full_ratio=d("0.6"),
    kelly_cap_ratio=d("0.25"),
    fallback_ratio=d("0.25"),
    calibrated_sources=("ml-",),
)


def _question(**changes: Any) -> SizeQuestion:
    parts: dict[str, Any] = {
        "notional_max": d(1000),
        "price": d(50000),
        "stop_ratio": d("0.01"),
        "target_ratio": d("0.02"),
        "confidence_ratio": d("0.6"),
        "source": "momentum",
        "equity": d(100_000),
        "range_ratio": d("0.01"),
    }
    return SizeQuestion(**(parts | changes))


@pytest.mark.parametrize(
    ("changes", "quantity", "bound"),
    [
        ({}, "0.02", "usual notional"),
        ({"equity": d(5000)}, "0.01", "risk per trade"),
        ({"stop_ratio": d("0.2")}, "0.01", "risk per trade"),
        ({"range_ratio": d("0.02")}, "0.01", "volatility"),
        ({"range_ratio": d(0)}, "0.02", "usual notional"),
        ({"source": "ml-current:v1"}, "0.02", "usual notional"),
        ({"source": "ml-current:v1", "confidence_ratio": d("0.55")}, "0.01", "confidence"),
        ({"source": "ml-current:v1", "confidence_ratio": d("0.5")}, "0", "confidence"),
        ({"source": "ml-rule:-"}, "0.005", "fallback"),
        ({"source": "ml-current:v1", "target_ratio": d("0.005")}, "0", "Kelly"),
        # A momentum rule's confidence is a setting: it is neither scaled nor staked.
        ({"confidence_ratio": d("0.01")}, "0.02", "usual notional"),
    ],
)
def test_the_smallest_bound_decides_and_is_named(
    changes: dict[str, Any], quantity: str, bound: str
) -> None:
    """The explanation begins with the quantity and the bound that it comes from."""
    size = entry_size(_question(**changes), SPEC, an_instrument())
    assert size.quantity == d(quantity)
    assert f"by {bound} (" in size.why


@pytest.mark.parametrize("changes", [{"equity": None}, {"equity": d(0)}, {"range_ratio": None}])
def test_what_is_not_known_opens_nothing(changes: dict[str, Any]) -> None:
    """Neither without equity nor without prices."""
    assert entry_size(_question(**changes), SPEC, an_instrument()).quantity == 0


def test_kelly_stakes_what_its_formula_says() -> None:
    """f = p − (1 − p) / b with p = 0.6 and b = 2 is 0.4; a stop of 1 % loses that of 40 times."""
    assert kelly_ratio(_question()) == 40
    assert kelly_ratio(_question(confidence_ratio=d("0.3"))) == 0


@given(
    equity=st.decimals(1, 10_000_000, places=2),
    stop=st.decimals("0.001", "0.5", places=3),
    range_ratio=st.decimals(0, 1, places=4),
    confidence=st.decimals("0.01", "0.99", places=2),
    source=st.sampled_from(["momentum", "ml-current:1", "ml-previous:1", "ml-rule:1"]),
)
def test_no_bound_ever_makes_an_entry_larger(
    equity: Decimal, stop: Decimal, range_ratio: Decimal, confidence: Decimal, source: str
) -> None:
    """Never above the usual notional, never above what the stop may lose, always on the step."""
    question = _question(
        equity=equity,
        stop_ratio=stop,
        range_ratio=range_ratio,
        confidence_ratio=confidence,
        source=source,
    )
    instrument = an_instrument()
    size = entry_size(question, SPEC, instrument)
    assert size.quantity * question.price <= question.notional_max
    assert size.quantity * question.price * stop <= equity * SPEC.risk_per_trade_ratio
    assert size.quantity % instrument.qty_step == 0
