"""The whole bot under virtual time: no invariant breaks, and the watch sees one that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot_trading.domain.order import OrderIntent
from bot_trading.exchanges.bybit import requests
from bot_trading.ports import StoredState
from exchange_simulator.faults import FaultPlan, FaultRule
from readiness.chaos.campaign import kill_points, replay_command, run_campaign
from readiness.chaos.flaky_store import FlakyStore
from readiness.chaos.scenario import ALL, PLACES, TOGETHER, Scenario, draw
from readiness.chaos.session import run_scenario

DURATION_S = 600.0
SEEDS = range(1, 9)


def _calm(**changes: object) -> Scenario:
    parts: dict[str, object] = {
        "seed": 1,
        "duration_s": DURATION_S,
        "plan": FaultPlan(),
        "kills_at_s": (),
        "outages_s": (),
        "lost_commit_ratio": 0.0,
        "latency_max_s": 0.02,
    }
    return Scenario(**(parts | changes))  # type: ignore[arg-type]


@contextmanager
def _sabotaged(build: Callable[[OrderIntent], bytes]) -> Iterator[None]:
    """The client builds its orders in another way: a defect on purpose."""
    before = requests.create_body
    requests.create_body = build  # type: ignore[assignment]
    try:
        yield
    finally:
        requests.create_body = before


def test_no_invariant_breaks_whatever_goes_wrong() -> None:
    """Each exchange alone, and all together; `make sim` runs as many seeds as wanted, and a
    failing one is replayed by it."""
    whole = run_campaign([draw(seed, DURATION_S, place=ALL) for seed in SEEDS])
    broken = [
        f"{replay_command(outcome.scenario)}: {outcome.violations}" for outcome in whole.failed
    ]
    assert broken == []
    assert whole.played == dict.fromkeys((*PLACES, TOGETHER), len(SEEDS) // 4)
    assert whole.entries > 100
    assert sum(whole.hits.values()) > 20


def test_a_seed_replays_to_the_last_fill() -> None:
    """The same seed gives the same outcome, numbers and all."""
    assert run_scenario(draw(5, 400.0)) == run_scenario(draw(5, 400.0))


def test_a_calm_session_trades_and_adds_up() -> None:
    """Without trouble both legs trade, and nothing struck."""
    outcome = run_scenario(_calm())
    assert outcome.violations == ()
    assert outcome.entries > 5
    assert outcome.exits > 5
    assert outcome.hits == {}


def test_a_killed_bot_comes_back_to_the_same_books() -> None:
    """Three kills at different instants leave nothing doubled, lost or unprotected."""
    outcome = run_scenario(_calm(kills_at_s=(60.0, 150.3, 290.7)))
    assert outcome.violations == ()
    assert outcome.kills == 3


def test_entries_leave_an_exchange_that_is_away_and_its_legs_stay() -> None:
    """What was opened first is closed where it is, and no close is followed twice."""
    away = FaultRule(fault="F17", variant="restart", market="okx", at_s=(150.0,), duration_s=60.0)
    plan = FaultPlan(rules=(away,))
    outcome = run_scenario(_calm(duration_s=400.0, plan=plan, exchanges=("okx", "binance")))
    assert outcome.violations == ()
    assert outcome.hits["exchange failover"] == 1
    assert set(outcome.entries_on) == {"okx", "binance"}


@pytest.mark.parametrize(("place", "count"), [("bybit", 2), ("binance", 2), ("okx", 2)])
def test_a_kill_at_any_commit_is_survived(place: str, count: int) -> None:
    """Before and after the rows of a commit are kept, at commits spread over the session: after
    the restart the bot and its exchange hold what they hold where nothing was killed.

    A stop that would have moved on a price which only the killed process saw stays where it was:
    seed 4 on Binance dies between such a decision and its row (KILL_AT=60:before).
    """
    scenarios = kill_points(5, 360.0, count, place)
    whole = run_campaign(scenarios)
    assert [outcome.violations for outcome in whole.failed] == []
    assert whole.sessions == 2 * count
    assert whole.hits["kill"] == whole.sessions


def test_a_start_that_forgets_differs_from_its_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that loses what risk remembers breaks no other invariant; the comparison sees it."""
    load = FlakyStore.load

    async def forgetful(store: FlakyStore) -> StoredState:
        return replace(await load(store), figures=())

    monkeypatch.setattr(FlakyStore, "load", forgetful)
    (killed,) = run_campaign(kill_points(4, 360.0, 1)[:1]).failed
    assert any("figure executions" in text for text in killed.violations)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (b'"positionIdx":0', "names no leg"),
        (b'"stopLoss"', "carries no stop"),
    ],
)
def test_the_watch_sees_a_defective_bot(change: bytes, says: str) -> None:
    """A body that names no leg, or an entry without its stop, is told by its rule."""
    build = requests.create_body

    def defective(intent: OrderIntent) -> bytes:
        body = build(intent)
        if change == b'"stopLoss"':
            return body.replace(b'"stopLoss"', b'"stopLossX"')
        return body.replace(b'"positionIdx":1', change).replace(b'"positionIdx":2', change)

    with _sabotaged(defective):
        outcome = run_scenario(_calm())
    assert any(says in text for text in outcome.violations)
