"""Days and weeks in the stated zone, and symbols that move together."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.risk.plan import RiskPlan


def _us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("UTC", "2026-03-28T23:59:59", "2026-03-29T00:00:00"),
        ("Europe/Berlin", "2026-01-15T22:59:59", "2026-01-15T23:00:00"),
        # The night in which clocks jump: midnight in Berlin is 23:00 UTC before and 22:00 after.
        ("Europe/Berlin", "2026-03-28T22:59:59", "2026-03-28T23:00:00"),
        ("Europe/Berlin", "2026-03-29T21:59:59", "2026-03-29T22:00:00"),
        # And in the night in which they go back: midnight is 22:00 UTC before and 23:00 after.
        ("Europe/Berlin", "2026-10-24T21:59:59", "2026-10-24T22:00:00"),
        ("Europe/Berlin", "2026-10-25T22:59:59", "2026-10-25T23:00:00"),
        ("Asia/Tokyo", "2026-01-15T14:59:59", "2026-01-15T15:00:00"),
    ],
)
def test_a_day_begins_at_midnight_of_the_zone(zone: str, before: str, after: str) -> None:
    """One second before is still yesterday, also where the clock jumped."""
    plan = RiskPlan(day_zone=ZoneInfo(zone))
    assert plan.day_of(_us(after)) == plan.day_of(_us(before)) + 1


@pytest.mark.parametrize(
    ("monday", "hours_of_sunday", "next_monday"),
    [
        ("2026-03-22T23:00:00", 23, "2026-03-29T22:00:00"),
        ("2026-10-18T22:00:00", 25, "2026-10-25T23:00:00"),
    ],
)
def test_days_on_which_clocks_change_are_whole(
    monday: str, hours_of_sunday: int, next_monday: str
) -> None:
    """In Berlin a Sunday in spring has 23 hours and one in autumn 25, each hour of them counts as
    that Sunday, and the week that it ends is an hour shorter or longer."""
    plan = RiskPlan(day_zone=ZoneInfo("Europe/Berlin"))
    begin, end = _us(monday) // 1_000_000, _us(next_monday) // 1_000_000
    hours = [hour * 1_000_000 for hour in range(begin, end, 3600)]
    lengths = Counter(plan.day_of(hour) for hour in hours)
    assert [lengths[day] for day in sorted(lengths)] == [24] * 6 + [hours_of_sunday]
    assert len({plan.week_of(hour) for hour in hours}) == 1
    week = plan.week_of(hours[0])
    assert plan.week_of(begin * 1_000_000 - 1) == week - 1
    assert plan.week_of(end * 1_000_000 - 1) == week
    assert plan.week_of(end * 1_000_000) == week + 1


def test_a_week_begins_on_monday() -> None:
    """Sunday's last second belongs to the week before."""
    plan = RiskPlan()
    sunday, monday = _us("2026-11-22T23:59:59"), _us("2026-11-23T00:00:00")
    assert plan.week_of(monday) == plan.week_of(sunday) + 1
    assert plan.week_of(_us("2026-11-29T23:59:59")) == plan.week_of(monday)


def test_a_symbol_moves_with_its_groups() -> None:
    """Of every group that names it; one that none names stands alone."""
    plan = RiskPlan(groups={"a": frozenset({"X", "Y"}), "b": frozenset({"Y", "Z"})})
    assert plan.group_of("Y") == {"X", "Y", "Z"}
    assert plan.group_of("X") == {"X", "Y"}
    assert plan.group_of("Q") == {"Q"}


@settings(deadline=None, print_blob=True, max_examples=100)
@given(
    zone=st.sampled_from(sorted(available_timezones())),
    second=st.integers(_us("2019-01-01") // 1_000_000, _us("2037-01-01") // 1_000_000),
)
def test_a_day_is_that_of_the_zones_own_calendar(zone: str, second: int) -> None:
    """The quarter of an hour in which an instant lies tells its day, in every zone of today."""
    expected = datetime.fromtimestamp(second, ZoneInfo(zone)).date().toordinal()
    assert RiskPlan(day_zone=ZoneInfo(zone)).day_of(second * 1_000_000) == expected
