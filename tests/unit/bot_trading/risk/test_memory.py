"""What risk remembers: windows of counts, equity and its peak, and a restart."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.instrument import LegId
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.risk.memory import RiskMemory
from tests.builders.core import LONG, NOW_US, SHORT, d

SECOND = 1_000_000


def _figure(name: FigureName, value: str, scope: str = "", at: int = NOW_US) -> RiskFigure:
    return RiskFigure(name=name, scope=scope, value=d(value), ts_event_us=at, ts_updated_us=at)


def test_messages_of_the_last_second_are_counted() -> None:
    """One that is a second old is not among them any more."""
    memory = RiskMemory()
    memory.messages.extend([NOW_US - SECOND, NOW_US - SECOND + 1, NOW_US])
    assert memory.messages_last_second(NOW_US) == 2


def test_identical_entries_have_the_same_leg_and_quantity() -> None:
    """Another quantity or leg is another order."""
    memory = RiskMemory()
    for at, leg, quantity in (
        (NOW_US - 2 * SECOND, LONG, "1"),
        (NOW_US, LONG, "1"),
        (NOW_US, LONG, "2"),
        (NOW_US, SHORT, "1"),
    ):
        memory.note_entry(at, leg, d(quantity))
    assert memory.identical_entries(LONG, d(1), NOW_US, SECOND) == 1


def test_equity_is_that_of_every_exchange_as_confirmed_last() -> None:
    """An exchange that does not answer keeps its last figure, and that is no drawdown."""
    memory = RiskMemory.restored(
        [
            _figure(FigureName.EQUITY, "600", "bybit"),
            _figure(FigureName.EQUITY, "300", "okx"),
            _figure(FigureName.EQUITY_PEAK, "1000"),
        ]
    )
    assert memory.confirmed_equity() == 900
    assert memory.drawdown_ratio() == d("0.1")
    assert RiskMemory().confirmed_equity() is None
    assert RiskMemory().drawdown_ratio() == 0


def test_counts_come_back_as_if_all_were_the_newest() -> None:
    """Stricter than the truth after a restart, and gone once the window has passed."""
    memory = RiskMemory.restored(
        [_figure(FigureName.EXECUTIONS, "3"), _figure(FigureName.ORPHAN_FILLS, "2")]
    )
    assert memory.executions_within(NOW_US + 9 * SECOND, 10 * SECOND) == 3
    assert memory.orphans_within(NOW_US + 9 * SECOND, 10 * SECOND) == 2
    assert memory.executions_within(NOW_US + 10 * SECOND, 10 * SECOND) == 0


def test_a_figure_that_was_never_set_counts_from_zero() -> None:
    """Only for counts; who wants to know whether it is known asks for the figure."""
    memory = RiskMemory()
    assert memory.value(FigureName.CONSECUTIVE_LOSSES) == 0
    assert memory.figure(FigureName.DAY_START, "bybit") is None


@settings(deadline=None, print_blob=True, max_examples=60)
@given(
    sent=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([LONG, SHORT]), st.integers(1, 2)),
        max_size=30,
    )
)
def test_identical_entries_are_those_within_the_window(
    sent: list[tuple[int, LegId, int]],
) -> None:
    """Counted as they come and go, and equal to a look at all of them."""
    memory, now, past = RiskMemory(), NOW_US, []
    for gap, leg, quantity in sent:
        now += gap * SECOND
        memory.note_entry(now, leg, d(quantity))
        past.append((now, leg, quantity))
        same = [each for each in past if each[0] > now - 4 * SECOND and each[1:] == (leg, quantity)]
        assert memory.identical_entries(leg, d(quantity), now, 4 * SECOND) == len(same)
