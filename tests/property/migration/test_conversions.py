"""Conversions against models of them: exact, and never a plausible value for what is unknown."""

from __future__ import annotations

import math
import uuid
from datetime import UTC, datetime, timedelta
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
)
from typing import Literal
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from migration.conversions import Setting, reasons
from migration.databases import Connection
from migration.mapping import Boolean, Conversion, DecimalKind, Enum, Instant, Prefixed, Text, Uuid
from migration.sql_text import constant, key_from_uuid, literal, uuid_from_key
from tests.property.migration.judging import NAMES, judge

WIDE = Context(prec=1_000)
MODES = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP, "down": ROUND_DOWN}
Rounding = Literal["half_even", "half_up", "down"]
lists = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
floats = st.floats(allow_nan=True, allow_infinity=True)
near_ties = st.builds(
    lambda whole, places: Decimal(whole).scaleb(-places),
    st.integers(-(10**14), 10**14).map(lambda n: 10 * n + 5),
    st.integers(0, 10),
)
modes = st.sampled_from(["half_even", "half_up", "down"])


def _rounded(number: Decimal, scale: int, rounding: str) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-scale), rounding=MODES[rounding], context=WIDE)


@lists
@given(values=st.lists(floats, max_size=20), scale=st.integers(0, 12), rounding=modes)
@example(
    values=[0.1 + 0.2, 1e-9, 5e-9, 2.5, -0.0, 12345678.123456789], scale=8, rounding="half_even"
)
def test_a_float_is_rounded_from_its_shortest_text(
    session: Connection, values: list[float], scale: int, rounding: Rounding
) -> None:
    """A float becomes its shortest decimal, rounded as named; what is no number has no value."""
    kind = DecimalKind(precision=1_000, scale=scale, rounding=rounding)
    for number, judged in zip(
        values, judge(session, kind, "double precision", values), strict=True
    ):
        if not math.isfinite(number):
            assert judged.v is None
            assert judged.reasons == {"not_a_number"}
            continue
        exact = Decimal(str(judged.x))
        assert float(exact) == number
        assert judged.v == _rounded(exact, scale, rounding)
        assert ("vanishes" in judged.reasons) == (exact != 0 and judged.v == 0)


@lists
@given(values=st.lists(near_ties, max_size=20), scale=st.integers(0, 9), rounding=modes)
def test_ties_go_where_the_name_says(
    session: Connection, values: list[Decimal], scale: int, rounding: Rounding
) -> None:
    """Numbers that end in 5 are rounded as Decimal rounds them under the same name."""
    kind = DecimalKind(precision=1_000, scale=scale, rounding=rounding)
    for number, judged in zip(values, judge(session, kind, "numeric", values), strict=True):
        assert judged.v == _rounded(number, scale, rounding)


@lists
@given(values=st.lists(floats, max_size=20), scale=st.integers(0, 12))
def test_what_rounding_loses_is_remembered(
    session: Connection, values: list[float], scale: int
) -> None:
    """Without residue the way back gives the same float, to the sign of zero."""
    kind = DecimalKind(precision=1_000, scale=scale, rounding="half_even")
    for judged in judge(session, kind, "double precision", values):
        if judged.v is not None and not judged.has_residue:
            assert judged.returned == judged.x


@lists
@given(
    values=st.lists(
        st.decimals(
            allow_nan=False, allow_infinity=False, places=10, min_value=-(10**14), max_value=10**14
        ),
        max_size=20,
    )
)
def test_a_quantity_is_copied_only_as_it_is(session: Connection, values: list[Decimal]) -> None:
    """`exact` takes what fits without rounding, above zero and within its digits, and no more."""
    kind = DecimalKind(precision=20, scale=8, rounding="exact", sign="positive")
    for number, judged in zip(values, judge(session, kind, "numeric", values), strict=True):
        fits = number == _rounded(number, 8, "down") and 0 < number < 10**12
        assert (not judged.reasons) == fits
        assert judged.reasons or judged.v == number


@lists
@given(
    values=st.lists(st.floats(-1e6, 1e6), max_size=20),
    change=st.decimals("0.0000000001", "0.001", places=10),
)
def test_more_than_noise_is_refused(
    session: Connection, values: list[float], change: Decimal
) -> None:
    """Rounding that moves a number by more than `max_change` is a reason, and otherwise none."""
    kind = DecimalKind(precision=20, scale=3, rounding="half_even", max_change=change)
    for number, judged in zip(
        values, judge(session, kind, "double precision", values), strict=True
    ):
        exact = Decimal(str(judged.x))
        assert float(exact) == number
        moved = abs(_rounded(exact, 3, "half_even") - exact) > change
        assert ("changed" in judged.reasons) == moved


@lists
@given(values=st.lists(st.integers(-5, 5), max_size=20))
def test_signs_and_bounds_are_kept(session: Connection, values: list[int]) -> None:
    """Positive means above zero, not negative means from zero on, at most means up to it."""
    positive = DecimalKind(precision=9, scale=0, rounding="exact", sign="positive")
    bounded = DecimalKind(
        precision=9, scale=0, rounding="exact", sign="not_negative", at_most=Decimal(3)
    )
    for number, one, two in zip(
        values,
        judge(session, positive, "integer", values),
        judge(session, bounded, "integer", values),
        strict=True,
    ):
        assert ("sign" in one.reasons) == (number <= 0)
        assert ("sign" in two.reasons) == (number < 0)
        assert ("too_large" in two.reasons) == (number > 3)


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
spellings = st.sampled_from(["Buy", "BUY", "buy", " bUy ", "Sell", "SELL", "sell\t"])


@lists
@given(values=st.lists(st.one_of(words, spellings), max_size=20))
def test_an_unknown_word_never_becomes_a_known_one(session: Connection, values: list[str]) -> None:
    """A word is known by its spellings, in any case and padded with spaces, or is refused."""
    kind = Enum(words={"BUY": ["Buy"], "SELL": ["Sell"]})
    for word, judged in zip(values, judge(session, kind, "text", values), strict=True):
        bare = word.strip(" ").lower()
        expected = {"buy": "BUY", "sell": "SELL"}.get(bare)
        if bare.isascii():
            assert judged.v == expected
        assert (judged.v is None) == (judged.reasons == {"unknown_word"})
        if judged.v is not None and not judged.has_residue:
            assert judged.returned == word


@lists
@given(values=st.lists(words, max_size=20), length=st.integers(1, 8))
def test_a_text_is_kept_letter_by_letter(
    session: Connection, values: list[str], length: int
) -> None:
    """A text is itself; the empty one, the one too long and the one against the pattern are not."""
    kind = Text(pattern="^[A-Za-z ]*$")
    for word, judged in zip(
        values, judge(session, kind, "text", values, length=length), strict=True
    ):
        assert judged.v == word
        assert ("empty" in judged.reasons) == (word.strip(" ") == "")
        assert ("too_long" in judged.reasons) == (len(word) > length)
        if all(letter.isascii() for letter in word):
            fits = all(letter.isalpha() or letter == " " for letter in word)
            assert ("pattern" in judged.reasons) == (not fits)


FIRST, LAST = datetime(2015, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 (v2 has naive times)
IN_GAP = datetime(2025, 3, 30, 2, 30)  # noqa: DTZ001 (v2's times are naive)
SHOWN_TWICE = datetime(2025, 10, 26, 2, 30)  # noqa: DTZ001 (the same)


@lists
@given(
    values=st.lists(
        st.datetimes(FIRST, LAST),
        max_size=20,
    ),
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"]
    ),
)
@example(values=[IN_GAP, SHOWN_TWICE], zone="Europe/Berlin")
def test_a_naive_time_is_one_instant_or_none(
    session: Connection, values: list[datetime], zone: str
) -> None:
    """A clock's time becomes its instant; one that was never shown, or twice, is refused."""
    clock = ZoneInfo(zone)
    naive = "timestamp without time zone"
    for shown, judged in zip(
        values, judge(session, Instant(), naive, values, zone=zone), strict=True
    ):
        instants = {shown.replace(tzinfo=clock, fold=fold).astimezone(UTC) for fold in (0, 1)}
        real = {
            instant
            for instant in instants
            if instant.astimezone(clock).replace(tzinfo=None) == shown
        }
        if len(real) == 1:
            assert judged.reasons == frozenset()
            assert judged.v == real.pop()
            assert judged.returned == judged.x
        else:
            assert judged.reasons == {"two_such_times" if real else "no_such_time"}


def test_infinite_times_are_no_times(session: Connection) -> None:
    """`infinity` is no instant, in any zone."""
    naive = "timestamp without time zone"
    for zone in ("UTC", "Europe/Berlin"):
        setting = Setting(namespace="test", zone=zone)
        found = dict(reasons(Instant(), NAMES, naive, setting, None))
        for x in ("infinity", "-infinity"):
            row = session.execute(
                f"SELECT {found['not_a_time']} FROM (SELECT x, x AS v FROM"  # noqa: S608
                f" (SELECT %s::{naive} AS x) AS given) AS made",
                (x,),
            ).fetchone()
            session.rollback()
            assert row == (True,)


@lists
@given(
    keys=st.lists(st.integers(0, 2**60 - 1), unique=True, min_size=1, max_size=20),
    tables=st.lists(words, unique=True, min_size=2, max_size=2),
)
def test_one_key_is_one_uuid_and_back(
    session: Connection, keys: list[int], tables: list[str]
) -> None:
    """Ids are version 8, distinct, ascend with their keys, and give their keys back."""
    made = {}
    for table in tables:
        expression = uuid_from_key("space", table, "k").replace("%", "%%")
        rows = session.execute(
            f"SELECT k, {expression}, {key_from_uuid(expression)}"  # noqa: S608
            " FROM unnest(%s::bigint[]) AS k",
            (keys,),
        ).fetchall()
        session.rollback()
        for key, made_id, returned in rows:
            assert returned == key
            assert made_id.version == 8
            assert made_id.variant == uuid.RFC_4122
            made[table, key] = made_id
    assert len(set(made.values())) == len(made)
    first = [made[tables[0], key] for key in sorted(keys)]
    assert first == sorted(first)


@lists
@given(keys=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_a_key_without_room_is_refused(session: Connection, keys: list[int]) -> None:
    """A key below zero, or beyond what a UUID holds, has no id and no number."""
    for kind in (Uuid(of="orders"), Prefixed(prefix="v2-", digits=12)):
        for key, judged in zip(keys, judge(session, kind, "bigint", keys), strict=True):
            has_room = 0 <= key < 2**60
            assert (judged.v is not None) == has_room
            assert (not judged.reasons) == has_room
            if has_room:
                assert judged.returned == str(key)


@lists
@given(values=st.lists(st.integers(-3, 3), max_size=20))
def test_a_flag_is_one_of_its_values(session: Connection, values: list[int]) -> None:
    """What is neither true nor false of v2 is refused."""
    kind = Boolean(true_is=[1], false_is=[0, 2])
    for number, judged in zip(values, judge(session, kind, "smallint", values), strict=True):
        assert judged.v == {1: True, 0: False, 2: False}.get(number)
        assert (judged.v is None) == (judged.reasons == {"unknown_word"})
        assert judged.has_residue == (number == 2)


@lists
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_any_text_is_quoted_safely(session: Connection, text: str) -> None:
    """A constant in a statement is the text itself, whatever characters it holds."""
    row = session.execute(f"SELECT {literal(text)}, {constant(text)}").fetchone()
    session.rollback()
    assert row == (text, text)


def test_nulls_have_no_value_and_no_reason_of_their_own(session: Connection) -> None:
    """NULL stays NULL through every conversion; whether it may is the column's affair."""
    cases: list[tuple[Conversion, str]] = [
        (DecimalKind(precision=20, scale=8, rounding="exact", sign="positive"), "numeric(20,8)"),
        (Enum(words={"A": ["a"]}), "text"),
        (Text(pattern="x"), "text"),
        (Instant(), "timestamp without time zone"),
        (Boolean(true_is=[1], false_is=[0]), "smallint"),
        (Uuid(of="orders"), "integer"),
        (Prefixed(prefix="v2-", digits=3), "integer"),
    ]
    for kind, source_type in cases:
        judged = judge(session, kind, source_type, [None], length=3)[0]
        assert (judged.v, judged.reasons, judged.has_residue) == (None, frozenset(), False)


def test_microseconds_survive(session: Connection) -> None:
    """The last microsecond of a time arrives."""
    shown = datetime(2025, 6, 1, 12, 0, 0, 999_999)  # noqa: DTZ001
    judged = judge(session, Instant(), "timestamp without time zone", [shown])[0]
    assert judged.v - datetime(2025, 6, 1, 12, 0, 1, tzinfo=UTC) == -timedelta(microseconds=1)
