"""The command: what it prints, how it ends, and what it refuses in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from readiness.check import Severity
from readiness.mutants import cli
from readiness.mutants.campaign import Result
from readiness.mutants.mutant import Fate, Mutant, Origin, Tried

APP = typer.Typer()
APP.command()(cli.main)


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(APP, arguments)
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--check", "Weather"), "no mutants are made for 'Weather'; there are "),
        (("--sample", "3", "--keep"), "a sample is no measurement: leave out --sample or --keep"),
        (("--root", "/nowhere"), "could not run: cannot read /nowhere/config/readiness.yaml"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments: tuple[str, ...], said: str) -> None:
    """With the exit code of what could not run."""
    code, output = _run(*arguments)
    assert code == cli.COULD_NOT_RUN
    assert said in output


def test_survivors_are_named_under_the_rates(capsys: pytest.CaptureFixture[str]) -> None:
    """The bound is that of Clopper and Pearson."""
    mutant = Mutant(name="a hole", check="Code", least=Severity.HIGH, origin=Origin.DRAWN)
    caught = [Tried(mutant=mutant, fate=Fate.CAUGHT, said="seen")] * 29
    survived = Tried(mutant=mutant, fate=Fate.SURVIVED, said="the check passed")
    cli._show([Result(check="Code", tried=(*caught, survived))], 0.95)
    output = capsys.readouterr().out
    assert "85%" in output
    assert "survived: Code: a hole (the check passed)" in output


def test_the_root_is_this_checkout() -> None:
    """The real tree is copied from there, and never changed."""
    assert Path(__file__).resolve().is_relative_to(cli.ROOT)
