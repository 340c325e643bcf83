"""The verifier: steps in order, checks of one step together, and nothing raised is lost."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot_trading.release import release_of
from readiness import verifier
from readiness.check import CheckResult, Evidence, Outcome
from readiness.checks import ALWAYS, STEPS, Step, steps_with
from readiness.context import Check, Context, Scope
from readiness.processes import DeadlinePassed
from readiness.report import as_json, as_yaml
from readiness.settings import read_settings
from readiness.verdict import Status
from readiness.verifier import MigrationVerifier, Progress

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[[Check, Context], Awaitable[CheckResult]]


@pytest.fixture
def context(postgres_url: str, tmp_path: Path) -> Context:
    """A quick run on the real server."""
    return Context(
        root=ROOT,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url=postgres_url,
        folder=tmp_path,
    )


async def _pass(check: Check, context: Context) -> CheckResult:
    return CheckResult(
        name=check.name,
        outcome=Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=1.0,
        evidence=(Evidence(what="scope", measured=str(context.scope)),),
    )


def _step(name: str, **checks: Run | None) -> Step:
    return Step(
        name=name,
        checks=tuple(Check(name=key, is_critical=True, run=run) for key, run in checks.items()),
    )


async def test_the_report_holds_every_result_in_order(context: Context) -> None:
    """Steps come in their order, each announced before its results, with durations."""
    told: list[Progress] = []
    steps = (_step("one", a=_pass, b=_pass), _step("two", c=None))
    report = await MigrationVerifier(context, steps=steps, tell=told.append).run_all_checks()
    assert [result.name for result in report.results] == ["a", "b", "c"]
    assert [
        (row.number, row.step, row.result.name if row.result else "", row.took_s is not None)
        for row in told
        if not row.remark
    ] == [
        (1, "environment", "", False),
        (1, "environment", "", True),
        (2, "one", "", False),
        (2, "one", "a", False),
        (2, "one", "b", False),
        (2, "one", "", True),
        (3, "two", "", False),
        (3, "two", "c", False),
        (3, "two", "", True),
    ]
    assert {row.total for row in told} == {4}  # The report is the caller's own last step.
    assert [row.remark for row in told if "postgresql" in row.remark]
    assert report.results[2].reason == "this check is not built yet"
    assert report.verdict.status is Status.NOT_READY
    assert report.scope == "partial"
    assert report.environment["postgresql"].startswith("1")
    assert report.started_at <= report.ended_at


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("position_idx"), "KeyError: 'position_idx'"),
        (TimeoutError("its own"), "TimeoutError: its own"),
        (DeadlinePassed("did not end within 1 s"), "a program of it did not end within 1 s"),
    ],
)
async def test_a_check_that_raises_is_blocked_and_the_rest_is_heard(
    context: Context, error: Exception, reason: str
) -> None:
    """An exception becomes BLOCKED with its trace and a critical issue; others still run."""

    async def raise_it(check: Check, context: Context) -> CheckResult:
        raise error

    steps = (_step("one", broken=raise_it, sound=_pass), _step("two", later=_pass))
    report = await MigrationVerifier(context, steps=steps).run_all_checks()
    broken, sound, later = report.results
    assert broken.outcome is Outcome.BLOCKED
    assert broken.reason.startswith(reason)
    assert sound.outcome is later.outcome is Outcome.PASSED
    assert report.verdict.critical_issues[0].issue == f"broken could not be judged: {reason}"


async def test_a_pass_that_looked_at_nothing_is_blocked(context: Context) -> None:
    """Whatever a check calls it: nothing examined is not passed."""

    async def look_away(check: Check, context: Context) -> CheckResult:
        return replace(await _pass(check, context), coverage_ratio=0.0)

    steps = (_step("one", empty=look_away, sound=_pass),)
    report = await MigrationVerifier(context, steps=steps).run_all_checks()
    assert [result.outcome for result in report.results] == [Outcome.BLOCKED, Outcome.PASSED]
    assert "looked at nothing" in report.results[0].reason


async def test_kernels_are_there_before_what_needs_them(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiled once for all such steps, and what needs none does not wait for them."""
    began, ended = asyncio.Event(), asyncio.Event()
    compiled: list[Path] = []

    async def compile_it(given: Context) -> None:
        began.set()
        await ended.wait()
        compiled.append(given.root)

    async def let_it_end(check: Check, context: Context) -> CheckResult:
        await began.wait()
        assert not compiled
        ended.set()
        return await _pass(check, context)

    async def demand(check: Check, context: Context) -> CheckResult:
        assert compiled == [ROOT]
        return await _pass(check, context)

    monkeypatch.setattr(verifier, "compile_kernels", compile_it)
    needing = (replace(_step(name, **{name: demand}), needs_kernels=True) for name in ("b", "c"))
    steps = (_step("a", a=let_it_end), *needing)
    report = await MigrationVerifier(context, steps=steps).run_all_checks()
    assert [result.outcome for result in report.results] == [Outcome.PASSED] * 3


async def test_a_check_that_hangs_is_blocked(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check beyond its deadline is stopped and said to be late."""

    async def hang(check: Check, context: Context) -> CheckResult:
        await asyncio.Event().wait()
        return await _pass(check, context)

    monkeypatch.setattr(Context, "deadline_s", 0)
    report = await MigrationVerifier(context, steps=(_step("one", a=hang),)).run_all_checks()
    assert report.results[0].reason == "it did not end within 0 s"


async def test_checks_of_one_step_run_together(context: Context) -> None:
    """Two checks that wait for each other both end, so they were running at the same time."""
    meeting = asyncio.Barrier(2)

    async def meet(check: Check, context: Context) -> CheckResult:
        await meeting.wait()
        return await _pass(check, context)

    report = await MigrationVerifier(
        context, steps=(_step("one", a=meet, b=meet),)
    ).run_all_checks()
    assert [result.outcome for result in report.results] == [Outcome.PASSED] * 2


async def test_steps_run_beside_each_other_and_are_told_in_order(context: Context) -> None:
    """What waits for a later step ends; the later one's result is told in its own step."""
    meeting = asyncio.Barrier(2)
    told: list[Progress] = []

    async def meet(check: Check, context: Context) -> CheckResult:
        await meeting.wait()
        return await _pass(check, context)

    steps = (_step("one", a=meet), _step("two", b=meet))
    report = await MigrationVerifier(context, steps=steps, tell=told.append).run_all_checks()
    assert [result.name for result in report.results] == ["a", "b"]
    heard = [(one.step, one.result.name) for one in told if one.result is not None]
    assert heard == [("one", "a"), ("two", "b")]


@pytest.mark.parametrize(("cores", "at_once"), [(1, 3), (2, 3), (None, 3), (5, 5)])
async def test_a_machine_has_room_for_so_many(
    context: Context, monkeypatch: pytest.MonkeyPatch, cores: int | None, at_once: int
) -> None:
    """A check for each core and three at least; the others wait until one has ended."""
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    running, most = 0, 0

    async def count(check: Check, context: Context) -> CheckResult:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return await _pass(check, context)

    checks = {f"check {number}": count for number in range(8)}
    await MigrationVerifier(context, steps=(_step("one", **checks),)).run_all_checks()
    assert most == at_once


async def test_a_step_that_must_be_alone_is(context: Context) -> None:
    """Nothing else runs then: the others have ended, also those that are told after it."""
    running: list[str] = []
    seen: dict[str, list[str]] = {}

    async def look(check: Check, context: Context) -> CheckResult:
        running.append(check.name)
        await asyncio.sleep(0.05)
        seen[check.name] = list(running)
        running.remove(check.name)
        return await _pass(check, context)

    steps = [_step(name, **{name: look}) for name in ("a", "b", "c", "d")]
    steps[2] = replace(steps[2], alone=ALWAYS)
    report = await MigrationVerifier(context, steps=steps).run_all_checks()
    assert seen == {"a": ["a", "b", "d"], "b": ["b", "d"], "d": ["d"], "c": ["c"]}
    assert [result.name for result in report.results] == ["a", "b", "c", "d"]


async def test_a_step_may_be_alone_in_one_scope_only(context: Context) -> None:
    """What a quick run does alone, a full one does beside the rest."""
    running: list[str] = []

    async def look(check: Check, context: Context) -> CheckResult:
        running.append(check.name)
        await asyncio.sleep(0.05)
        seen[context.scope] = max(seen[context.scope], len(running))
        running.remove(check.name)
        return await _pass(check, context)

    seen = dict.fromkeys(Scope, 0)
    steps = (_step("a", a=look), replace(_step("b", b=look), alone=frozenset({Scope.QUICK})))
    for scope in Scope:
        await MigrationVerifier(replace(context, scope=scope), steps=steps).run_all_checks()
    assert seen == {Scope.QUICK: 1, Scope.FULL: 2}


async def test_a_run_that_is_ended_ends_every_check(context: Context) -> None:
    """Also those of steps that were not told yet."""
    began, ended = asyncio.Event(), []

    async def wait(check: Check, context: Context) -> CheckResult:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(check.name)
        return await _pass(check, context)

    steps = (_step("one", a=wait), _step("two", b=wait))
    run = asyncio.create_task(MigrationVerifier(context, steps=steps).run_all_checks())
    await began.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert sorted(ended) == ["a", "b"]


async def test_a_cancellation_goes_through(context: Context) -> None:
    """Ctrl-C is no finding: it ends the run."""

    async def cancel(check: Check, context: Context) -> CheckResult:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await MigrationVerifier(context, steps=(_step("one", a=cancel),)).run_all_checks()


async def test_a_whole_run_names_its_scope_and_can_be_written(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run over all steps has the context's scope, and both of its reports can be made."""
    steps = (_step("one", a=_pass),)
    monkeypatch.setattr(verifier, "STEPS", steps)
    report = await MigrationVerifier(context, steps=steps).run_all_checks()
    assert yaml.safe_load(as_yaml(report))["scope"] == "quick"
    assert json.loads(as_json(report))["scope"] == "quick"


async def test_a_check_that_cannot_be_imported_is_blocked(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged file of one check takes nothing from the others, and is named."""
    monkeypatch.setitem(sys.modules, "readiness.checks.risk", None)
    (broken,) = (check for step in STEPS for check in step.checks if check.name.startswith("Risk"))
    steps = (Step(name="two", checks=(broken, Check(name="a", is_critical=True, run=_pass))),)
    report = await MigrationVerifier(context, steps=steps).run_all_checks()
    assert [result.outcome for result in report.results] == [Outcome.BLOCKED, Outcome.PASSED]
    assert "readiness.checks.risk" in report.results[0].reason


def test_the_ten_checks_are_all_there() -> None:
    """Every check of the specification is in a step, under its name, exactly once."""
    names = [check.name for step in STEPS for check in step.checks]
    assert len(names) == len(set(names))
    assert set(names) >= {
        "Database Schema",
        "Data Integrity",
        "Enhanced SL/TP",
        "ML Pipeline",
        "Exchange APIs",
        "Risk Management",
        "Performance",
        "Code",
        "Resilience",
        "Dry Run",
    }


def test_every_step_that_runs_our_bot_waits_for_its_kernels() -> None:
    """Else each of its programs would compile them for itself."""
    assert [step.name for step in STEPS if not step.needs_kernels] == ["database", "code"]


def test_steps_can_be_picked_by_name() -> None:
    """A script that looks at one side runs that step only."""
    assert [step.name for step in steps_with("code", "database")] == ["database", "code"]


@pytest.mark.parametrize("changes", [False, True])
async def test_the_report_knows_what_was_verified(
    context: Context, tmp_path: Path, *, changes: bool
) -> None:
    """By its digests, as live trading asks for them; what changed meanwhile was not verified."""
    for name in ("bot_trading/core.py", "unified_launcher.py", "requirements/dev.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# as it is")
    (tmp_path / "config").mkdir()
    usual = (ROOT / "config/bot.yaml").read_bytes()
    (tmp_path / "config/bot.yaml").write_bytes(usual)

    async def look(check: Check, context: Context) -> CheckResult:
        if changes:
            (context.root / "bot_trading/core.py").write_text("# changed")
        return await _pass(check, context)

    verifier = MigrationVerifier(replace(context, root=tmp_path), steps=(_step("one", a=look),))
    report = await verifier.run_all_checks()
    expected = {} if changes else release_of(tmp_path, tmp_path / "config/bot.yaml", Path("models"))
    assert report.release == expected
    assert json.loads(as_json(report))["release"] == expected


async def test_what_cannot_be_read_is_no_release(context: Context, tmp_path: Path) -> None:
    """A system without a configuration gets its verdict, and unlocks nothing."""
    verifier = MigrationVerifier(replace(context, root=tmp_path), steps=(_step("one", a=_pass),))
    assert (await verifier.run_all_checks()).release == {}
