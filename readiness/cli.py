"""The command lines of the verifier: each runs some steps, prints progress, and ends in a verdict.

Progress goes to standard error and the verdict, as YAML, to standard output. Exit code: 0 READY,
1 NEEDS_FIXES, 2 NOT_READY, 3 could not run.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bot_trading import log
from bot_trading.errors import BotTradingError
from bot_trading.storage.embedded import database_url
from readiness.check import Outcome
from readiness.checks import STEPS, Step, steps_with
from readiness.checks.data_integrity import MAPPING, UserDatabases
from readiness.context import Context, Scope
from readiness.door import COULD_NOT_RUN, VerdictReached
from readiness.history import compare, last_report
from readiness.html_page import as_html
from readiness.machine_formats import as_junit, as_sarif
from readiness.reconcile.databases import DataRefused
from readiness.reconcile.digests import Sample
from readiness.reconcile.mapping import MappingRefused
from readiness.report import Report, as_json, as_yaml, usable_folder, write_files
from readiness.settings import Settings, SettingsRefused, read_settings
from readiness.verifier import MigrationVerifier, Progress

__all__ = ["verify", "verify_benchmarks", "verify_code", "verify_database"]

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = "config/readiness.yaml"
COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.BLOCKED: "yellow"}

Quick = Annotated[bool, typer.Option("--quick", help="Sample every check, within 3 minutes.")]
Duration = Annotated[
    int | None, typer.Option(min=1, help="Seconds of the dry run; the scope's own by default.")
]
Output = Annotated[
    Path | None, typer.Option(help="Folder for the report; a new one in reports/ by default.")
]
SourceUrl = Annotated[
    str | None, typer.Option(help="Your old database, postgresql://…; it is only read.")
]
TargetUrl = Annotated[
    str | None, typer.Option(help="Your new database, postgresql://…; it is only read.")
]
MappingFile = Annotated[Path, typer.Option(help="How the one became the other.")]
SampleRatio = Annotated[
    float | None,
    typer.Option(min=0.0001, max=0.9999, help="Look at this share of the rows, 0 to 1."),
]
SampleSeed = Annotated[int, typer.Option(min=0, help="Which rows a sample takes.")]
ConfigFile = Annotated[
    Path | None, typer.Option(help="Your own two systems: a readiness.yaml with `systems`.")
]
Profile = Annotated[
    bool, typer.Option("--profile", help="Also draw where each bot's processor time goes.")
]
JsonFile = Annotated[Path | None, typer.Option(help="Also write the whole report to this file.")]


def verify(
    quick: Quick = False,
    duration: Duration = None,
    output: Output = None,
    config: ConfigFile = None,
    profile: Profile = False,
) -> None:
    """Verify everything: database, code, behaviour, speed and a dry run, in one verdict.

    With --config it is your own two systems that are verified, as far as that file names them.
    """
    if config is None:
        run_steps(STEPS, quick=quick, duration_s=duration, output=output, profile=profile)
    from readiness.systems import read_systems

    console = Console(stderr=True, highlight=False)
    try:
        systems, settings = read_systems(config, ROOT / SETTINGS)
        from readiness.checks.own_databases import progress_of  # These take seconds.
        from readiness.checks.own_systems import databases_of, steps_for

        # What is wrong with them is for their checks to say: the rest is judged all the same.
        databases = databases_of(systems)
    except SettingsRefused as refused:
        _refuse(console, str(refused))
    watched = progress_of(databases, console) if databases is not None else nullcontext()
    with watched as seen:
        steps = steps_for(systems, seen, console)
        run_steps(
            steps,
            quick=quick,
            duration_s=duration,
            output=output,
            settings=settings,
            profile=profile,
            system=str(config.resolve()),
        )


def verify_database(
    source: SourceUrl = None,
    target: TargetUrl = None,
    mapping: MappingFile = ROOT / MAPPING,
    sample: SampleRatio = None,
    seed: SampleSeed = 1,
    json: JsonFile = None,
    quick: Quick = False,
    output: Output = None,
) -> None:
    """Verify the schema that the migrations lead to, and the data in it.

    Without --source and --target an aged v2 database is made, migrated and looked at.
    """
    if source is None and target is None:
        run_steps(steps_with("database"), quick=quick, output=output, json=json)
    from readiness.checks.own_databases import checks_on, progress_of, refuse_unfit  # Likewise.

    console = Console(stderr=True, highlight=False)
    if source is None or target is None:
        _refuse(console, "give both --source and --target, or neither of them")
    databases = UserDatabases(
        source_url=source,
        target_url=target,
        mapping=mapping,
        sample=Sample(ratio=sample, seed=seed) if sample else None,
    )
    try:
        asyncio.run(refuse_unfit(databases))
    except (DataRefused, MappingRefused) as refused:
        _refuse(console, str(refused))
    with progress_of(databases, console) as watched:
        steps = (Step(name="database", checks=checks_on(watched, console)),)
        run_steps(steps, quick=quick, output=output, json=json)


def _refuse(console: Console, sentence: str) -> NoReturn:
    """End with the exit code of what could not run, and one sentence."""
    console.print(f"could not run: {sentence}", style="red", markup=False, soft_wrap=True)
    sys.exit(COULD_NOT_RUN)


def verify_code(quick: Quick = False, output: Output = None) -> None:
    """Verify the code: asynchronous hazards, hedge-mode rules, and what v2 had."""
    run_steps(steps_with("code"), quick=quick, output=output)


def verify_benchmarks(
    quick: Quick = False, output: Output = None, profile: Profile = False
) -> None:
    """Verify the speed: v3 against v2 and against the demanded figures."""
    run_steps(steps_with("benchmarks"), quick=quick, output=output, profile=profile)


def run_steps(
    steps: Sequence[Step],
    *,
    quick: bool = False,
    duration_s: int | None = None,
    output: Path | None = None,
    json: Path | None = None,
    settings: Settings | None = None,
    profile: bool = False,
    system: str = "",
) -> NoReturn:
    """Run these steps, print the verdict, write the report, and raise VerdictReached or exit."""
    console = Console(stderr=True, highlight=False)
    began = time.monotonic()
    scope = Scope.QUICK if quick else Scope.FULL
    try:
        settings = settings or read_settings(ROOT / SETTINGS)
        usual = settings.dry_run
        with database_url(os.environ) as server_url:
            folder = _folder(output, console)
            # What the parts under test log is evidence; standard output is the verdict's alone.
            log.configure(folder, "verifier", is_lazy=True)
            console.print(f"verification, scope {scope}; evidence: {folder}", soft_wrap=True)
            context = Context(
                root=ROOT,
                settings=settings,
                scope=scope,
                dry_run_duration_s=duration_s
                or (usual.quick_duration_s if quick else usual.full_duration_s),
                database_url=server_url,
                folder=folder,
                profile=profile,
            )
            report = asyncio.run(_run(context, steps, console))
        total = len(steps) + 2
        _print(console, Progress(number=total, total=total, step="report"))
        report = replace(report, system=system)
        earlier = last_report(ROOT / "reports", folder, system=system)
        if earlier is not None:
            report = replace(report, history=compare(earlier, report.results))
    except (SettingsRefused, BotTradingError, OSError) as error:
        console.print(f"could not run: {error}", style="red", markup=False)
        sys.exit(COULD_NOT_RUN)
    except (asyncio.CancelledError, KeyboardInterrupt):
        console.print("interrupted: there is no verdict", style="red")
        sys.exit(COULD_NOT_RUN)
    try:
        write_files(_texts(report, settings.verdict.confidence_min_percent, folder), folder)
        if json is not None:
            json.write_text(as_json(report), "utf-8")
    except OSError as error:  # The verdict is known, and is said all the same.
        said = f"the report could not be written: {error}; give a folder with --output"
        console.print(said, style="red", markup=False, soft_wrap=True)
    took = f"{time.monotonic() - began:.1f} s"
    console.print(f"      {folder}/verdict.html, after {took} in all", soft_wrap=True)
    sys.stdout.write(as_yaml(report))
    raise VerdictReached(report.verdict.status.exit_code)


def _texts(report: Report, confidence_min_percent: int, folder: Path) -> dict[str, str]:
    """Every form of the report by its file's name; drawings are taken from this folder."""
    return {
        "verdict.yaml": as_yaml(report),
        "verdict.html": as_html(report, confidence_min_percent, folder),
        "findings.sarif": as_sarif(report),
        "junit.xml": as_junit(report),
        "report.json": as_json(report),
    }


async def _run(context: Context, steps: Sequence[Step], console: Console) -> Report:
    """Run the verifier; a request to terminate ends it, and its programs, like Ctrl-C."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)

    def tell(progress: Progress) -> None:
        _print(console, progress)

    return await MigrationVerifier(context, steps=steps, tell=tell).run_all_checks()


def _print(console: Console, progress: Progress) -> None:
    """One line: a step begins, a check has ended, a remark, or the step's duration."""
    result = progress.result
    if result is not None:
        reason = f": {result.reason.splitlines()[0]}" if result.reason else ""
        line = f"      {result.name:<20} {result.outcome} in {result.duration_s:.1f} s{reason}"
        console.print(line, style=COLOURS[result.outcome], markup=False, soft_wrap=True)
    elif progress.remark:
        console.print(f"      {progress.remark}", markup=False, soft_wrap=True)
    elif progress.took_s is not None:
        console.print(f"      {progress.step}: {progress.took_s:.1f} s", markup=False)
    else:
        console.print(f"[{progress.number}/{progress.total}] {progress.step}", markup=False)


def _folder(output: Path | None, console: Console) -> Path:
    """The folder for evidence; two runs at once never share one that nobody named."""
    named = output or ROOT / "reports" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}"
    folder, problem = usable_folder(named, may_exist=output is not None)
    if problem:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    return folder
