"""How far money wandered between two exchanges, by what the core remembers."""

from __future__ import annotations

from bot_trading.domain.messages import Announce, Command, RiskEvent
from bot_trading.domain.risk import FigureName, RiskFigure
from bot_trading.engine.group_drift import drift_of, note_drift
from tests.builders.core import NOW_US, commands_of, d, rows_of
from tests.builders.paper_pair import PaperPair, a_spec


def _with_equity(paper: PaperPair, exchange: str, value: str) -> None:
    paper.state.risk.put(
        RiskFigure(
            name=FigureName.EQUITY,
            scope=exchange,
            value=d(value),
            ts_event_us=NOW_US,
            ts_updated_us=NOW_US,
        )
    )


def test_the_share_since_the_week_began_is_told() -> None:
    """Both exchanges began with 10000; one has 12000 now, the other 8000."""
    paper = PaperPair.ready()
    _with_equity(paper, "bybit", "12000")
    _with_equity(paper, "binance", "8000")
    drift = drift_of(paper.state, a_spec())
    assert drift is not None
    assert (drift.drift_ratio, drift.to_move) == (d("0.1"), d(2000))
    out: list[Command] = []
    note_drift(paper.state, a_spec(drift_max_ratio=d("0.1")), out)
    assert [each.level for each in commands_of(out, Announce)] == ["INFO"]


def test_a_drift_beyond_the_bound_is_a_risk_event() -> None:
    """Nothing here moves money back, so a person has to be told."""
    paper = PaperPair.ready()
    _with_equity(paper, "binance", "5000")
    out: list[Command] = []
    note_drift(paper.state, a_spec(), out)
    (event,) = rows_of(out, RiskEvent)
    assert (event.control, event.limit) == ("balance_drift", "10.0 %")
    assert event.measured == "+16.67 % towards bybit"
    assert [each.level for each in commands_of(out, Announce)] == ["WARNING"]


def test_an_exchange_that_told_nothing_has_no_share() -> None:
    """A drift is not guessed."""
    paper = PaperPair()
    out: list[Command] = []
    note_drift(paper.state, a_spec(), out)
    assert (drift_of(paper.state, a_spec()), out) == (None, [])
