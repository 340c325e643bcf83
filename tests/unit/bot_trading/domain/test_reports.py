"""What exchanges say, as values."""

from __future__ import annotations

import dataclasses

import pytest

from bot_trading.domain import reports
from tests.builders.core import a_leg_report, an_order_report, d


@pytest.mark.parametrize("name", [name for name in reports.__all__ if name != "StopKind"])
def test_every_report_is_frozen_and_learnt_at_a_time(name: str) -> None:
    """Each carries our own clock's instant, a quote inside its own value."""
    kind = getattr(reports, name)
    assert kind.__dataclass_params__.frozen
    fields = {field.name for field in dataclasses.fields(kind)}
    assert fields & {"ts_init_us", "quote"}


def test_a_report_cannot_be_changed() -> None:
    """Cumulative quantities are facts."""
    report = an_order_report()
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.filled_qty = d(1)  # type: ignore[misc]
    assert a_leg_report() == a_leg_report()
