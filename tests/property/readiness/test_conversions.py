"""The mapping's conversions in SQL, against the same rules in Python's decimal and uuid."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.reconcile.conversions import (
    KEY_END,
    key_of_reference_sql,
    key_of_uuid_sql,
    refusal_sql,
    uuid_of_key,
    value_sql,
)
from readiness.reconcile.mapping import Conversion

MODES = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP, "down": ROUND_DOWN}
FLOATS = st.floats(-1e10, 1e10) | st.integers(-4000, 4000).map(lambda it: it / 16)


class Server:
    """A connection that tests without a loop of their own can ask."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(url))

    def ask(self, statement: str, *values: object) -> object:
        """The first value of the answer."""
        return self._loop.run_until_complete(self._connection.fetchval(statement, *values))

    def close(self) -> None:
        """End the session."""
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[Server]:
    """The test session's database; nothing is written there."""
    opened = Server(postgres_url)
    yield opened
    opened.close()


@pytest.mark.parametrize("mode", list(MODES))
@settings(max_examples=150, deadline=None)
@given(value=FLOATS, scale=st.integers(0, 10))
def test_floats_are_rounded_on_their_shortest_text(
    mode: str, value: float, scale: int, server: Server
) -> None:
    """A float is its shortest decimal text, rounded by the named mode, ties included."""
    conversion = Conversion(kind="decimal", precision=28, scale=scale, rounding=mode)  # type: ignore[arg-type]
    sql = value_sql(conversion, "d.x", "double precision", "UTC")
    found = server.ask(f"SELECT {sql} FROM (SELECT $1::float8::text::numeric AS x) d", value)  # noqa: S608
    expected = Decimal(repr(value)).quantize(Decimal(1).scaleb(-scale), MODES[mode])
    assert found == expected


@settings(max_examples=100, deadline=None)
@given(key=st.integers(0, KEY_END - 1))
def test_an_id_holds_its_key(key: int, server: Server) -> None:
    """Its key can be read back, and an id of another table's rows holds none."""
    named, other = (uuid_of_key(key, "space", table) for table in ("orders", "trades"))
    assert named.version == 8
    row = "(SELECT $1::uuid AS x) d"
    for version in (17, 18):  # The older way works on a newer server too.
        back = key_of_uuid_sql("d.x", version)
        assert server.ask(f"SELECT {back} FROM {row}", named) == key  # noqa: S608
        reference = key_of_reference_sql("d.x", "space", "orders", version)
        for it, expected in ((named, key), (other, -1), (None, None)):
            assert server.ask(f"SELECT {reference} FROM {row}", it) == expected  # noqa: S608


@given(keys=st.lists(st.integers(0, KEY_END - 1), min_size=2))
def test_ids_ascend_with_their_keys(keys: list[int]) -> None:
    """A range of keys is a range of ids, which an index can walk."""
    ids = [uuid_of_key(key, "space", "orders") for key in sorted(keys)]
    assert ids == sorted(ids, key=lambda it: it.int)


def test_the_id_is_the_documented_one(server: Server) -> None:
    """The formula of docs/migration.md, in the document's own SQL, gives the same id."""
    documented = """
        SELECT (p || '8' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
        FROM (SELECT left(md5('space/orders'), 12) AS p, lpad(to_hex($1::bigint), 18, '0') AS h) f
    """
    assert server.ask(documented, 123_456) == uuid_of_key(123_456, "space", "orders")
    assert isinstance(uuid_of_key(1, "space", "orders"), UUID)


@pytest.mark.parametrize(
    ("conversion", "kind", "value", "refused"),
    [
        (Conversion(kind="text", pattern="^[A-Z]+$"), "text", "'BTC'", False),
        (Conversion(kind="text", pattern="^[A-Z]+$"), "text", "'btc'", True),
        (Conversion(kind="text"), "text", "'  '", True),
        (Conversion(kind="text"), "text", "'12345678901'", True),
        (Conversion(kind="enum", words={"BUY": ["Buy"]}), "text", "' BUY '", False),
        (Conversion(kind="enum", words={"BUY": ["Buy"]}), "text", "'Long'", True),
        (Conversion(kind="boolean", true_is=[1], false_is=[0]), "smallint", "2", True),
        (Conversion(kind="boolean", true_is=[1], false_is=[0]), "smallint", "0", False),
        (Conversion(kind="uuid", of="t"), "integer", "-1", True),
        (Conversion(kind="prefixed", prefix="a", digits=3), "integer", "1", False),
        (Conversion(kind="decimal", precision=6, scale=2), "numeric", "1.23::numeric", False),
        (Conversion(kind="decimal", precision=6, scale=2), "numeric", "1.234::numeric", True),
        (Conversion(kind="decimal", precision=6, scale=2), "numeric", "10000::numeric", True),
        (Conversion(kind="decimal", precision=6, scale=2), "numeric", "'NaN'::numeric", True),
        (
            Conversion(kind="decimal", precision=6, scale=2, rounding="half_even"),
            "numeric",
            "0.001::numeric",
            True,
        ),
        (
            Conversion(kind="decimal", precision=6, scale=2, sign="positive"),
            "numeric",
            "0::numeric",
            True,
        ),
        (
            Conversion(kind="decimal", precision=6, scale=2, at_most="1"),
            "numeric",
            "1.01::numeric",
            True,
        ),
        (
            Conversion(kind="decimal", precision=6, scale=1, rounding="half_up", max_change="0.01"),
            "numeric",
            "1.24::numeric",
            True,
        ),
    ],
)
def test_a_value_converts_or_is_refused(
    conversion: Conversion, kind: str, value: str, refused: bool, server: Server
) -> None:
    """Just inside and just outside of what each conversion takes, as the document says."""
    test = refusal_sql(conversion, "d.x", kind, "UTC", 10)
    assert server.ask(f"SELECT {test} FROM (SELECT {value} AS x) d") is refused  # noqa: S608


@pytest.mark.parametrize(
    ("moment", "refused"),
    [
        ("2026-01-05 10:00:00", False),
        ("2026-03-29 01:59:59", False),
        ("2026-03-29 02:30:00", True),  # The clock jumps from 2 to 3.
        ("2026-03-29 03:00:00", False),
        ("2026-10-25 01:59:59", False),
        ("2026-10-25 02:30:00", True),  # The clock shows it twice.
        ("2026-10-25 03:00:00", False),
        ("infinity", True),
    ],
)
def test_times_that_the_clock_never_or_twice_showed_are_refused(
    moment: str, refused: bool, server: Server
) -> None:
    """A naive time of Berlin is refused in the spring gap and in the autumn overlap alone."""
    kind = "timestamp without time zone"
    test = refusal_sql(Conversion(kind="instant"), "d.x", kind, "Europe/Berlin", None)
    assert server.ask(f"SELECT {test} FROM (SELECT '{moment}'::timestamp AS x) d") is refused  # noqa: S608
