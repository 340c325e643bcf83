"""New legs go to the first exchange that is ready, and do not swing."""

from __future__ import annotations

import pytest

from bot_trading.execution.routing import EntryRoute

S = 1_000_000


def _route(*names: str) -> EntryRoute:
    return EntryRoute(names or ("a", "b", "c"), leave_after_us=5 * S, return_after_us=60 * S)


def _health(*ready: str) -> dict[str, str]:
    return {name: "" if name in ready else "down" for name in ("a", "b", "c")}


def test_a_short_break_moves_nothing() -> None:
    """A reconnect takes about a second."""
    route = _route()
    assert route.follow(_health("a", "b"), 0) is None
    assert route.follow(_health("b"), 1 * S) is None
    assert route.follow(_health("b"), 5 * S) is None
    assert route.follow(_health("a", "b"), 5 * S + 1) is None
    assert route.follow(_health("b"), 9 * S) is None
    assert route.active == "a"


def test_entries_leave_for_the_first_that_is_ready_and_say_why() -> None:
    """In the configured order."""
    route = _route()
    route.follow(_health("a", "b", "c"), 0)
    assert route.follow(_health("c"), 1 * S) is None
    change = route.follow(_health("c", "b"), 6 * S)
    assert change is not None
    assert (change.left, change.to, change.is_return) == ("a", "b", False)
    assert change.why == "a has not been ready for 5.0 s: down"


def test_the_preferred_one_takes_entries_back_after_a_while() -> None:
    """A minute of readiness without a break."""
    route = _route()
    route.follow(_health("b"), 0)
    assert route.follow(_health("b"), 5 * S) is not None
    assert route.follow(_health("a", "b"), 10 * S) is None
    assert route.follow(_health("b"), 60 * S) is None
    assert route.follow(_health("a", "b"), 61 * S) is None
    assert route.follow(_health("a", "b"), 121 * S - 1) is None
    change = route.follow(_health("a", "b"), 121 * S)
    assert change is not None
    assert (change.left, change.to, change.is_return) == ("b", "a", True)
    assert change.why == "a has been ready for 60.0 s"


def test_when_none_is_ready_entries_stay_where_they_are() -> None:
    """They are denied there, and told why."""
    route = _route()
    assert route.follow({}, 0) is None
    assert route.follow(_health(), 100 * S) is None
    assert route.active == "a"
    change = route.follow(_health("c"), 101 * S)
    assert change is not None
    assert change.to == "c"


def test_an_exchange_that_returned_early_is_better_than_none() -> None:
    """When the second one fails too, the first need not wait out its minute."""
    route = _route("a", "b")
    route.follow(_health("b"), 0)
    assert route.follow(_health("b"), 5 * S) is not None
    route.follow(_health("a"), 6 * S)
    change = route.follow(_health("a"), 11 * S)
    assert change is not None
    assert (change.to, change.is_return) == ("a", True)


def test_entries_need_an_exchange() -> None:
    """None at all is a mistake of ours."""
    with pytest.raises(ValueError, match="nowhere to go"):
        EntryRoute((), leave_after_us=0, return_after_us=0)
