"""Whatever the exchanges' health does, entries go where the rules of the route say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot_trading.execution.routing import EntryRoute

NAMES = ("a", "b", "c")
_LEAVE_US, _RETURN_US = 5, 20
_LOOKS = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.sampled_from(NAMES), unique=True)), max_size=60
)


@given(looks=_LOOKS)
def test_the_route_never_leaves_a_ready_exchange_but_for_a_better_one(
    looks: list[tuple[int, list[str]]],
) -> None:
    """A change goes to a ready exchange; away from a ready one only to a preferred one that has
    been ready long enough; from one that is not ready only after the patience is over."""
    route = EntryRoute(NAMES, leave_after_us=_LEAVE_US, return_after_us=_RETURN_US)
    now_us, since = 0, dict.fromkeys(NAMES, (False, 0))
    for wait_us, ready in looks:
        now_us += wait_us
        for name in NAMES:
            if since[name][0] is not (name in ready):
                since[name] = (name in ready, now_us)
        before = route.active
        not_ready = {name: "" if name in ready else "down" for name in NAMES}
        change = route.follow(not_ready, now_us)
        is_overdue = before not in ready and now_us - since[before][1] >= _LEAVE_US
        if change is None:
            assert route.active == before
            assert not (is_overdue and ready and since[before][1] > 0)
            continue
        assert (change.left, change.to) == (before, route.active)
        assert change.to in ready
        if before in ready:
            assert NAMES.index(change.to) < NAMES.index(before)
            assert now_us - since[change.to][1] >= _RETURN_US
        else:
            assert is_overdue
            assert change.to == next(name for name in NAMES if name in ready)
        assert change.why
