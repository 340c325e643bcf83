"""Campaigns: sums of sessions, and what a person types to see one again."""

from __future__ import annotations

from readiness.chaos.campaign import Campaign, kill_points, replay_command, run_campaign, told
from readiness.chaos.scenario import TOGETHER, draw, sweep
from readiness.chaos.session import Outcome


def _outcome(seed: int, *violations: str, **hits: int) -> Outcome:
    return Outcome(
        scenario=draw(seed, 600.0),
        violations=violations,
        hits=hits,
        kills=0,
        entries=3,
        exits=2,
        worst_bare_s=float(seed),
        commits=9,
    )


def test_sessions_are_summed_and_failures_kept() -> None:
    """How often a fault struck, in how many sessions, and which session broke something."""
    campaign = Campaign()
    for outcome in (_outcome(1, F1=2, F7=1), _outcome(2, "a leg flipped", F1=3)):
        campaign.add(outcome)
    assert (campaign.sessions, campaign.entries, campaign.exits) == (2, 6, 4)
    assert campaign.hits == {"F1": 5, "F7": 1}
    assert campaign.sessions_hit == {"F1": 2, "F7": 1}
    assert [outcome.scenario.seed for outcome in campaign.failed] == [2]
    assert campaign.worst_bare_s == 2
    assert campaign.played == {"bybit": 2}


def test_a_failing_seed_names_the_command_that_replays_it() -> None:
    """Seed, length and the commit at which it was killed are all that a session depends on."""
    command = "make sim EXCHANGE=bybit SEEDS=1 FIRST_SEED=17 SECONDS=600"
    assert replay_command(draw(17, 600.0)) == command
    before, after = sweep(17, 600.0, [4])
    assert replay_command(before) == f"{command} KILL_AT=4:before"
    assert replay_command(after) == f"{command} KILL_AT=4:after"
    together = replay_command(draw(17, 600.0, place=TOGETHER))
    assert together == command.replace("bybit", "together")


def test_the_sum_is_told_to_other_programs() -> None:
    """What struck, and how a failing session is seen again."""
    campaign = Campaign()
    campaign.add(_outcome(2, "a leg flipped", F1=3))
    said = told(campaign)
    assert said["hits"] == {"F1": 3}
    assert said["failed"] == [
        {"replay": replay_command(draw(2, 600.0)), "violations": ("a leg flipped",)}
    ]


def test_kill_points_are_spread_over_every_commit_of_a_session() -> None:
    """Each point twice, in the middle of its part; asked for more than there are, all once."""
    few = [each.kill_point for each in kill_points(3, 360.0, 2)]
    commits = [point.commit for point in few if point]
    assert commits == [commits[0], commits[0], commits[2], commits[2]]
    assert commits[2] > 2 * commits[0]
    every = [each.kill_point for each in kill_points(3, 360.0, 10_000)]
    assert [point.commit for point in every[::2] if point] == list(range(1, len(every) // 2 + 1))


def test_a_kill_that_never_came_is_no_survived_kill() -> None:
    """A commit that the session does not reach is told, since nothing was tried."""
    before, _ = sweep(3, 360.0, [100_000])
    (failed,) = run_campaign([before]).failed
    assert failed.violations == ("commit 100000 was never made, so that nothing was killed",)


def test_sessions_in_processes_come_to_the_same() -> None:
    """Two processes give the outcomes that one gives."""
    heard: list[int] = []
    scenarios = [draw(seed, 400.0) for seed in (31, 32)]
    alone = run_campaign(scenarios, on_session=lambda: heard.append(1))
    together = run_campaign(scenarios, jobs=2)
    assert len(heard) == 2
    assert (alone.hits, alone.entries, alone.exits) == (
        *(together.hits, together.entries, together.exits),
    )
