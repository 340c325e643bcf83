"""The verification of the user's own systems: what is named is looked at, and nothing else."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from readiness.check import CheckResult, Evidence, Finding, FindingKind, Outcome, Severity
from readiness.checks.data_integrity import UserDatabases
from readiness.checks.own_systems import databases_of, steps_for, told_only
from readiness.context import Context, Scope
from readiness.settings import read_settings
from readiness.systems import System, Systems
from readiness.verdict import Status, judge

ROOT = Path(__file__).resolve().parents[4]


def names_of(systems: Systems, databases: UserDatabases | None = None) -> list[list[str]]:
    """The checks by step."""
    steps = steps_for(systems, databases, Console())
    return [[check.name for check in step.checks] for step in steps]


DATABASE = ["Database Schema", "Data Integrity"]


def test_every_critical_check_is_there_whatever_the_file_names(tmp_path: Path) -> None:
    """The old bot and speed are looked at only where they are named."""
    bot = System(bot="x {rest_url}", folder=str(tmp_path))
    both = Systems(new=bot, old=bot)
    wire = ["Exchange APIs", "Exchange APIs (old)"]
    assert names_of(Systems(new=System(code=str(tmp_path)))) == [DATABASE, ["Code"], wire[:1]]
    assert names_of(both) == [DATABASE, ["Code"], wire, ["Performance"]]
    assert names_of(Systems(new=bot)) == [DATABASE, ["Code"], wire[:1], ["Performance"]]
    databases = UserDatabases(source_url="a", target_url="b", mapping=tmp_path)
    assert names_of(Systems(new=System()), databases) == [DATABASE, ["Code"], wire[:1]]


async def test_what_the_file_does_not_name_is_blocked(tmp_path: Path, postgres_url: str) -> None:
    """No database, no code and no bot of the bundled systems takes an empty place, and no file
    that leaves one out can be READY."""
    context, found = context_of(tmp_path, postgres_url), []
    for step in steps_for(Systems(new=System(database_url="postgresql://h/a")), None, Console()):
        for check in step.checks:
            assert check.run is not None
            found.append(await check.run(check, context))
    assert {result.outcome for result in found} == {Outcome.BLOCKED}
    needed = ("old.database_url", "old.database_url", "new.code", "new.bot")
    for result, name in zip(found, needed, strict=True):
        assert name in result.reason
    assert judge(found, context.settings.verdict).status is Status.NOT_READY


def test_one_database_alone_is_compared_with_nothing() -> None:
    """Both must be named."""
    one, none = System(database_url="postgresql://h/a"), System()
    assert databases_of(Systems(new=one, old=none)) is None
    found = databases_of(Systems(new=one, old=one, mapping="m"))
    assert found is not None
    assert found.mapping == Path("m")


def context_of(folder: Path, server_url: str) -> Context:
    """A quick run."""
    settings = read_settings(ROOT / "config/readiness.yaml")
    return Context(
        root=ROOT,
        settings=settings,
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url=server_url,
        folder=folder,
    )


async def test_code_of_the_users_is_analysed(tmp_path: Path, postgres_url: str) -> None:
    """A hazard in the new tree is found, and an empty tree is no pass."""
    steps = steps_for(Systems(new=System(code=str(tmp_path))), None, Console())
    (check,) = next(step.checks for step in steps if step.name == "code")
    assert check.run is not None
    context = context_of(tmp_path, postgres_url)
    assert (await check.run(check, context)).outcome is Outcome.BLOCKED
    (tmp_path / "bot.py").write_text(
        "import time\n\n\nasync def wait() -> None:\n    time.sleep(9)\n"
    )
    result = await check.run(check, context)
    assert result.outcome is Outcome.FAILED
    assert {found.location.path for found in result.findings if found.location} == {"bot.py"}


def test_the_old_bots_sins_are_told_and_do_not_count() -> None:
    """Its findings become information; that it could not be judged stays what it is."""
    found = Finding(rule_id="W05", severity=Severity.CRITICAL, message="m", fix="f")
    failed = CheckResult(
        name="Exchange APIs (old)",
        outcome=Outcome.FAILED,
        is_critical=False,
        coverage_ratio=0.5,
        evidence=(Evidence(what="session bybit-calm", measured="create 1"),),
        findings=(found, found),
    )
    result = told_only(failed)
    assert (result.outcome, result.coverage_ratio) == (Outcome.PASSED, 0.5)
    assert {one.kind for one in result.findings} == {FindingKind.INFORMATIONAL}
    assert [one.measured for one in result.evidence] == ["W05", "create 1"]
    blocked = CheckResult(name="x", outcome=Outcome.BLOCKED, is_critical=False, reason="gone")
    assert told_only(blocked) is blocked
