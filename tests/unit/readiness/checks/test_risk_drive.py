"""A drive of a control: three steps, the middle one at its limit, each with what it shows."""

from __future__ import annotations

from readiness.checks.risk_drive import BELOW_AT_ABOVE, BINDS_AT, around, drive, told, views
from readiness.checks.risk_world import TINY, base_intent, base_view
from tests.builders.core import d, risk_limits

LIMITS = risk_limits(order_quantity_max={"BTCUSDT": d(1)})


def test_the_middle_step_is_the_limit_itself() -> None:
    """The others lie a hair to each side."""
    assert around(d(5)) == [5 - TINY, 5, 5 + TINY]


def test_a_drive_of_worlds_changes_one_thing_alone() -> None:
    """The order stays the usual one."""
    made = views("spread", "Art. 15(4)", LIMITS, "spread_bps", [d(1), d(2), d("3.5")], d(2))
    assert [view.spread_bps for _, view in made.steps] == [1, 2, d("3.5")]
    assert {intent for intent, _ in made.steps} == {base_intent(LIMITS)}
    assert (made.told, made.limit, made.passes) == (
        ("1.00000000", "2.00000000", "3.50000000"),
        "2",
        BELOW_AT_ABOVE,
    )


def test_a_drive_keeps_what_it_is_given() -> None:
    """A loss limit binds at its limit already."""
    steps = [(base_intent(LIMITS), base_view(LIMITS))] * 3
    made = drive("daily_loss", "Art. 15(4)", "daily_loss", steps, ["a", "b", "c"], "b", BINDS_AT)
    assert (made.control, made.told, made.passes) == ("daily_loss", ("a", "b", "c"), BINDS_AT)


def test_nothing_is_said_to_be_nothing() -> None:
    """An empty reason would be an empty cell; a long fraction is cut."""
    assert (told(""), told(7), told(d(1) / 3)) == ("nothing", "7", "0.33333333")
