"""Sessions aimed at single promises: all that they are made of strikes, and the bot keeps them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot_trading.settings import core_config
from readiness.chaos.aimed import ENDS_AWAY, SEEDS, aimed, aimed_sessions, aimed_settings
from readiness.chaos.campaign import replay_command
from readiness.chaos.scenario import ALL, PLACES
from readiness.chaos.session import run_scenario


@pytest.mark.parametrize("place", PLACES)
def test_the_bot_keeps_its_promises_while_everything_strikes(place: str) -> None:
    """Lost and late answers, lagging reads, a silent stream, an absent store, stops that are taken
    away, and exits of the bot's own: none of it was left out."""
    outcome = run_scenario(aimed(place))
    assert outcome.violations == ()
    struck = {name.removeprefix(f"{place} ").partition(":")[0] for name in outcome.hits}
    assert struck >= {"F1", "F3", "F5", "F6", "F18", "database down", "stop taken away"}
    assert outcome.exits > 0


def test_a_session_with_too_few_entries_shows_nothing() -> None:
    """It would seem to have kept every promise, since nothing was asked of it."""
    scenario = aimed("okx")
    assert scenario.aim is not None
    more = replace(scenario, aim=replace(scenario.aim, entries_min=1_000))
    assert "entries show nothing: at least 1000 do" in run_scenario(more).violations[-1]


def test_an_impossible_patience_is_broken() -> None:
    """With no time for a doubt, the first lost answer breaks the promise: it is really asked."""
    scenario = aimed("binance")
    assert scenario.aim is not None
    hasty = replace(scenario, aim=replace(scenario.aim, doubt_max_s=-1))
    assert any("was in doubt for over" in text for text in run_scenario(hasty).violations)


def test_a_leg_that_outlives_its_horizon_is_told() -> None:
    """With no patience for legs at all, the first that is held breaks the promise."""
    scenario = aimed("okx")
    assert scenario.aim is not None
    hasty = replace(scenario, aim=replace(scenario.aim, held_max_s=-1))
    assert any("was held for over" in text for text in run_scenario(hasty).violations)


@pytest.mark.parametrize("place", PLACES)
def test_a_stop_with_unkept_rows_is_no_clean_end(place: str) -> None:
    """A halt that no database took would be forgotten by the next start, and the bot says so."""
    scenario = aimed(place, ENDS_AWAY)
    assert scenario.aim is not None
    assert scenario.aim.ends_away
    assert run_scenario(scenario).violations == ()


@pytest.mark.parametrize("place", PLACES)
def test_limits_are_tight_and_the_horizon_short(place: str) -> None:
    """A leg may be entered twice, and beside two legs there is no room for a third."""
    config = core_config(aimed_settings(place), "main")
    limits, usual = config.limits, config.order_notional_usdt
    assert 2 * usual <= limits.leg_exposure_max_usdt < 3 * usual
    assert 2 * usual <= limits.total_exposure_max_usdt < 3 * usual
    assert config.exits is not None
    assert config.barrier.horizon_s == 600


def test_every_exchange_has_its_sessions() -> None:
    """Of one exchange, or of all; each is seen again by a command that names it."""
    assert [each.exchanges for each in aimed_sessions("okx")] == [("okx",)] * len(SEEDS)
    sessions = aimed_sessions(ALL)
    assert {each.exchanges[0] for each in sessions} == set(PLACES)
    assert len(sessions) == len(PLACES) * len(SEEDS)
    assert replay_command(sessions[0]).endswith("--aimed --exchange bybit")
