"""Numbers and fields as all languages write and read them."""

from decimal import Decimal
from typing import Any

import pytest

from exchange_simulator.protocols.answers import Fields, decode, fixed, plain

D = Decimal


def fields(**values: Any) -> Fields:
    """Fields whose errors name what is wrong."""
    return Fields(
        values,
        missing=lambda name: LookupError(name),
        invalid=lambda name: ValueError(name),
    )


def test_numbers_have_no_exponent() -> None:
    """Plain ones drop trailing zeros, fixed ones keep the unit's decimals."""
    assert [plain(D(text)) for text in ("1E+3", "0.100", "-5", "0E-8")] == [
        "1000",
        "0.1",
        "-5",
        "0",
    ]
    assert fixed(D("1.005"), D("0.01")) == "1.01"


@pytest.mark.parametrize("value", ["NaN", "1e16", "1e-19", "x", [1], {"a": 1}, "9" * 65])
def test_what_is_no_number_is_refused(value: Any) -> None:
    """Not finite, too large, too fine, or no number at all."""
    with pytest.raises(ValueError, match="qty"):
        fields(qty=value).decimal("qty")


def test_absent_and_empty_are_alike() -> None:
    """Both give the default, and both are missing where a value is required."""
    for empty in (fields(), fields(a=""), fields(a=None)):
        assert (empty.text("a", "d"), empty.decimal("a"), empty.integer("a", 7)) == ("d", None, 7)
        assert empty.flag("a") is False
        with pytest.raises(LookupError):
            empty.required("a")


def test_flags_integers_and_words() -> None:
    """JSON booleans and words; bounds; unknown words."""
    assert fields(a=True).flag("a")
    assert fields(a="TRUE").flag("a")
    assert fields(a="-3").integer("a", 0, least=-5) == -3
    assert fields(a="0").positive("a") is None
    assert fields(a="x").one_of("a", {"x": 1}) == 1
    for wrong in (lambda: fields(a="yes").flag("a"), lambda: fields(a="9").integer("a", 0, most=8)):
        with pytest.raises(ValueError, match="a"):
            wrong()


def test_endless_nesting_is_no_json() -> None:
    """Neither are bytes that are no text."""
    assert decode(b"[" * 100_000) is None
    assert decode(b"\xff") is None
    assert decode('{"a":1}') == {"a": 1}
