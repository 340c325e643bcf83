"""Reading requests field by field, writing numbers as text, pages, and codes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import Side
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.bybit.codes import api_error
from exchange_simulator.protocols.bybit.limits import Limits
from exchange_simulator.protocols.bybit.pages import page, window
from exchange_simulator.protocols.bybit.wire import ApiError, Params


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9)))
def test_numbers_travel_as_plain_text(value: Decimal) -> None:
    """No exponent, no trailing zeros, the same number."""
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert "." not in text or text[-1] not in "0."


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "1e400",
        "NaN",
        "Infinity",
        "-1",
        "1e-30",
        [],
        {},
        True,
        " 1",
        "1_000",
        "１",
        "1 ",
        "--1",
    ],
)
def test_a_wrong_number_names_its_field(value: object) -> None:
    """It is refused, never turned into another number."""
    with pytest.raises(ApiError, match="qty"):
        Params({"qty": value}).decimal("qty")


@pytest.mark.parametrize(
    ("value", "wanted"), [("1.50", "1.50"), (2, "2"), ("", None), (None, None)]
)
def test_numbers_are_read_exactly(value: object, wanted: str | None) -> None:
    """Text and whole numbers; empty is none."""
    expected = Decimal(wanted) if wanted else None
    assert Params({"qty": value}).decimal("qty") == expected


@pytest.mark.parametrize("value", ["1.5", "x", True, [], "9" * 20, "３"])
def test_a_wrong_whole_number_is_refused(value: object) -> None:
    """Digits only, within bounds."""
    with pytest.raises(ApiError):
        Params({"limit": value}).integer("limit", 5)


def test_flags_choices_and_texts() -> None:
    """Booleans may be text; choices are exact; long texts are refused."""
    params = Params({"a": "true", "b": False, "side": "Buy", "c": 7, "long": "x" * 65})
    assert (params.flag("a"), params.flag("b"), params.flag("none")) == (True, False, False)
    assert params.choice("side", Side) is Side.BUY
    assert params.text("c") == "7"
    for read in (
        lambda: params.choice("c", Side),
        lambda: params.text("long"),
        lambda: params.flag("c"),
        lambda: params.required("none"),
    ):
        with pytest.raises(ApiError):
            read()


@given(
    count=st.integers(0, 40),
    limit=st.integers(1, 60),
    growing=st.booleans(),
)
def test_pages_cover_everything_once(count: int, limit: int, growing: bool) -> None:
    """Following cursors gives each row once, even when newer rows arrive in front meanwhile."""
    rows = [str(number) for number in range(count, 0, -1)]
    wanted = list(rows)
    seen: list[str] = []
    fields: dict[str, Any] = {"limit": str(limit)}
    while True:
        chosen, cursor = page(rows, Params(fields), default=20, most=50, name=str)
        seen += chosen
        if not cursor:
            break
        fields["cursor"] = cursor
        if growing:
            rows.insert(0, f"new{len(rows)}")
    assert seen == wanted


def test_a_foreign_cursor_is_refused() -> None:
    """A cursor that we did not make is a parameter error."""
    with pytest.raises(ApiError):
        page(["1"], Params({"cursor": "page=2"}), default=20, most=50, name=str)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, (900, 1000)),
        ({"startTime": "500"}, (500, 600)),
        ({"endTime": "500"}, (400, 500)),
        ({"startTime": "1", "endTime": "9"}, (1, 9)),
    ],
)
def test_windows_have_their_defaults(fields: dict[str, str], wanted: tuple[int, int]) -> None:
    """Without bounds the last span; with one the span beside it."""
    assert window(Params(fields), 1000, span_ms=100) == wanted


def test_every_reason_has_a_code_and_a_text() -> None:
    """No refusal can be without an answer."""
    for reason in Reason:
        error = api_error(Refusal(reason))
        assert error.code > 0
        assert error.message


def test_some_reasons_carry_their_own_text() -> None:
    """Texts with prices in them are made where the prices are known."""
    error = api_error(Refusal(Reason.STOP_SIDE, "sl:1 set for Buy position"))
    assert (error.code, error.message) == (10001, "sl:1 set for Buy position")


def test_limits_roll_over_one_second() -> None:
    """Ten in any second; what is older no longer counts; batches cost their items."""
    limits = Limits(on=True)
    start = 10_000_000
    for number in range(10):
        assert limits.take(1, "create", 10, start + number * 50_000).allowed
    refused = limits.take(1, "create", 10, start + 900_000)
    assert (refused.allowed, refused.remaining) == (False, 0)
    assert refused.reset_ms == (start + 1_000_000) // 1000 + 1
    assert limits.take(1, "amend", 10, start + 900_000).allowed
    assert limits.take(2, "create", 10, start + 900_000).allowed
    assert limits.take(1, "create", 10, start + 1_000_001).allowed
    assert not limits.take(1, "create", 10, start + 1_000_002, cost=5).allowed
    assert limits.take(1, "create", 10, start + 9_000_000, cost=10).remaining == 0


def test_limits_that_are_off_only_fill_the_headers() -> None:
    """Nothing is counted."""
    limits = Limits(on=False)
    rows = [limits.take(1, "create", 10, 1_000_000) for _ in range(50)]
    assert all(row.allowed for row in rows)
    assert rows[-1].headers()["X-Bapi-Limit"] == "10"
    assert all(limits.address_allowed("a", 0) for _ in range(2000))
