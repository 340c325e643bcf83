"""The witness of unequal legs."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from readiness.chaos import one_sided
from readiness.chaos.one_sided import Stretches


def test_time_without_an_exchange_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leg that hangs while nobody can reach the other exchange counts for itself."""
    leg = SimpleNamespace(qty=Decimal(1))
    flat = SimpleNamespace(qty=Decimal(0))
    held = {"leg": leg}
    exchange = SimpleNamespace(
        accounts={"k": None}, leg=lambda _, __, index: held["leg"] if index == 1 else flat
    )
    protocol: Any = SimpleNamespace(exchange=exchange)
    stretches = Stretches()
    for second, is_blind in ((0, False), (2, False), (9, True), (10, False)):
        monkeypatch.setattr(one_sided, "now_us", lambda second=second: second * 1_000_000)
        stretches.look([protocol], "k", "BTCUSDT", is_blind=is_blind)
    assert stretches.are_unequal
    held["leg"] = flat
    stretches.look([protocol], "k", "BTCUSDT", is_blind=False)
    assert stretches.done_s == [pytest.approx(3.02)]
    assert stretches.blind_s == [7.0]
    assert not stretches.are_unequal
