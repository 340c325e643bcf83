"""Pages and windows: nothing is missed, whatever comes or goes between two requests."""

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.protocols.bybit.pages import DAY_MS, page, window
from exchange_simulator.protocols.bybit.wire import ApiError, Params
from tests.unit.exchange_simulator.builders import make_bybit

ORDER = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.01",
    "positionIdx": 1,
}


def turn(rows: list[str], cursor: str, limit: int) -> tuple[list[str], str]:
    """Ask for the page after a cursor."""
    params = Params({"limit": str(limit), "cursor": cursor})
    return page(rows, params, default=20, most=50, name=str)


@given(
    st.integers(1, 40),
    st.integers(1, 7),
    st.lists(st.tuples(st.booleans(), st.integers(0, 100)), max_size=20),
)
def test_rows_that_stay_are_never_missed(
    count: int, limit: int, changes: list[tuple[bool, int]]
) -> None:
    """Rows may arrive in front and vanish anywhere between pages; all others are served."""
    rows = [f"row-{number}" for number in range(count)]
    steady = set(rows)
    seen: set[str] = set()
    listed, cursor = turn(rows, "", limit)
    seen |= set(listed)
    for number, (comes, where) in enumerate(changes):
        if not cursor:
            break
        if comes:
            rows.insert(0, f"new-{number}")
        elif rows:
            steady.discard(rows.pop(where % len(rows)))
        listed, cursor = turn(rows, cursor, limit)
        seen |= set(listed)
    while cursor:
        listed, cursor = turn(rows, cursor, limit)
        seen |= set(listed)
    assert steady <= seen


@given(st.integers(0, 60), st.integers(1, 60))
def test_without_changes_each_row_is_served_once(count: int, limit: int) -> None:
    """In order, and at most fifty at a time."""
    rows = [str(number) for number in range(count)]
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        listed, cursor = turn(rows, cursor, limit)
        assert len(listed) <= min(limit, 50)
        seen += listed
        pages += 1
    assert seen == rows


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "after=",
        "after=&",
        "after=a&",
        "after=a,1&",
        "after=a,1,&",
        "after=a,-1,2&",
        "after=a,²,2&",
    ],
)
def test_a_cursor_that_was_never_given_is_refused(cursor: str) -> None:
    """10001 instead of a guess."""
    with pytest.raises(ApiError, match="cursor invalid"):
        turn(["a", "b"], cursor, 1)


def test_huge_numbers_in_a_cursor_end_the_listing() -> None:
    """They are cut, not computed with."""
    assert turn(["a", "b"], f"after=gone,{'9' * 60},{'9' * 60}&", 1) == (
        ["a"],
        turn(["a", "b"], "", 1)[1],
    )


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "ten", "1e2", " 1"])
def test_a_limit_is_a_whole_number_from_one(limit: str) -> None:
    """Anything else is a parameter error."""
    with pytest.raises(ApiError) as refused:
        page(["a"], Params({"limit": limit}), default=20, most=50, name=str)
    assert refused.value.code == 10001


def test_open_orders_filled_between_pages_hide_no_other() -> None:
    """The order that a cursor names is canceled; the rest is still listed."""
    _, client = make_bybit(["60000"] * 3)
    for number in range(7):
        assert client.post("order/create", **ORDER, price=str(59_000 - number))["retCode"] == 0
    asked: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT", "limit": 3}
    first = client.get("order/realtime", **asked)["result"]
    last = first["list"][-1]
    client.post("order/cancel", category="linear", symbol="BTCUSDT", orderId=last["orderId"])
    prices = [float(row["price"]) for row in first["list"] if row is not last]
    cursor = first["nextPageCursor"]
    while cursor:
        answer = client.get("order/realtime", **asked, cursor=cursor)["result"]
        prices += [float(row["price"]) for row in answer["list"]]
        cursor = answer["nextPageCursor"]
    assert sorted(set(prices)) == [59_000 - n for n in (6, 5, 4, 3, 2, 1, 0) if n != 4]


def test_a_cursor_may_be_decoded_or_not() -> None:
    """Clients send it as it came, or decoded once."""
    rows = [str(number) for number in range(5)]
    _, cursor = turn(rows, "", 2)
    assert turn(rows, cursor, 2) == turn(rows, unquote(cursor), 2)


NOW = 100 * DAY_MS


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, (NOW - 7 * DAY_MS, NOW)),
        ({"startTime": NOW - DAY_MS}, (NOW - DAY_MS, NOW + 6 * DAY_MS)),
        ({"endTime": NOW - DAY_MS}, (NOW - 8 * DAY_MS, NOW - DAY_MS)),
        ({"startTime": 5, "endTime": 5}, (5, 5)),
        ({"startTime": 5, "endTime": 5 + 7 * DAY_MS}, (5, 5 + 7 * DAY_MS)),
    ],
)
def test_a_window_has_exact_edges(fields: dict[str, int], wanted: tuple[int, int]) -> None:
    """Exactly seven days are allowed."""
    assert window(Params(fields), NOW) == wanted


@pytest.mark.parametrize(
    "fields",
    [
        {"startTime": 5, "endTime": 6 + 7 * DAY_MS},
        {"startTime": 6, "endTime": 5},
        {"startTime": "x"},
        {"endTime": True},
        {"startTime": -1},
    ],
)
def test_a_window_that_is_none_is_refused(fields: dict[str, Any]) -> None:
    """A millisecond more than seven days, backwards, or no number."""
    with pytest.raises(ApiError) as refused:
        window(Params(fields), NOW)
    assert refused.value.code == 10001


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("order/history", {"category": "linear"}),
        ("execution/list", {"category": "linear"}),
        ("position/closed-pnl", {"category": "linear"}),
        ("account/transaction-log", {}),
    ],
)
def test_every_history_refuses_wide_windows_and_foreign_cursors(
    path: str, fields: dict[str, str]
) -> None:
    """The rules are the same at each of them."""
    _, client = make_bybit(["60000"] * 3)
    assert client.get(path, **fields, startTime=1, endTime=2 + 7 * DAY_MS)["retCode"] == 10001
    assert client.get(path, **fields, cursor="page2")["retCode"] == 10001
    assert client.get(path, **fields, limit="0")["retCode"] == 10001
    assert client.get(path, **fields)["result"]["nextPageCursor"] == ""
