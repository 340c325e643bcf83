"""A stop is this core's by its mark, or because the database knows it; never by a guess."""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.position import LegProtection
from bot_trading.exchanges.ownership import OwnStops
from tests.builders.core import LONG, SHORT

STOP, TARGET = Decimal(59_000), Decimal(62_000)


def test_a_mark_makes_an_id_ours_and_a_like_one_does_not() -> None:
    """Another core's tag, a person's own prefix, and no id at all are somebody else's."""
    own = OwnStops("slabc123", "tpabc123")
    assert own.is_named("slabc123p1")
    assert own.is_named("tpabc123p1")
    for other in ("slabc124p1", "sl-mine", "tp-1", "", "xslabc123"):
        assert not own.is_named(other)


def test_without_marks_nothing_is_ours() -> None:
    """A client that knows no mark touches no stop."""
    assert not OwnStops().is_named("anything")


def test_what_the_database_wants_there_is_recognised_and_stays_ours() -> None:
    """At exactly its prices, of its leg alone, and under its name wherever it moves."""
    own = OwnStops("slabc123")
    assert not own.recognise("7", LONG, STOP, None)
    levels = LegProtection(leg_id=LONG, stop_loss=STOP, take_profit=TARGET)
    own.recall({"old-1"}, [levels])
    assert own.is_recalled("old-1")
    assert not own.is_recalled("old-2")
    assert not own.recognise("1", LONG, STOP + 1, None)
    assert not own.recognise("2", LONG, STOP, TARGET + 1)
    assert not own.recognise("3", SHORT, STOP, TARGET)
    assert not own.recognise("4", LONG, None, None)
    assert own.recognise("5", LONG, STOP, TARGET)
    assert own.recognise("6", LONG, STOP, None)
    assert [own.is_named(name) for name in "123456"] == [False] * 4 + [True] * 2
