"""The command line without any database: help, refusals, and what they leave undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from migration.cli import app

NOWHERE = "postgresql://me:hidden@127.0.0.1:1/none"
SIDES = ["--source", NOWHERE, "--target", NOWHERE]
CUT_OVER = [
    *("cutover", *SIDES, "--exchange-url", "http://127.0.0.1:1"),
    *("--form", "drain", "--symbols", "BTCUSDT"),
]


def test_help_names_every_command() -> None:
    """Whoever asks sees what there is."""
    said = CliRunner().invoke(app, ["--help"]).stdout
    for command in ("plan", "run", "verify", "rollback", "cutover"):
        assert command in said


@pytest.mark.parametrize("command", ["plan", "run", "verify"])
def test_a_command_without_databases_is_refused(command: str) -> None:
    """Both addresses must be given."""
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 2
    assert "--source" in result.stderr


@pytest.mark.parametrize("command", ["plan", "run", "verify"])
def test_the_mapping_is_read_before_anybody_is_called(command: str, tmp_path: Path) -> None:
    """A file that is no mapping is refused, whether or not a server is there."""
    path = tmp_path / "mapping.yaml"
    path.write_text("format: 1\n", "utf-8")
    result = CliRunner().invoke(app, [command, *SIDES, "--mapping", str(path)])
    assert result.exit_code == 2
    assert result.stderr.startswith("migration: mapping: ")


@pytest.mark.parametrize("command", [["plan", *SIDES], ["rollback", "--target", NOWHERE]])
def test_no_password_is_ever_said(command: list[str]) -> None:
    """What cannot be reached is named without its password."""
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "none on 127.0.0.1:1" in result.stderr
    assert "hidden" not in result.output


@pytest.mark.parametrize("rows", ["0", "100001", "many"])
def test_a_batch_has_a_size(rows: str) -> None:
    """Rows per batch are bounded, so that memory is."""
    result = CliRunner().invoke(app, ["run", *SIDES, "--batch-rows", rows])
    assert result.exit_code == 2
    assert "--batch-rows" in result.stderr


def test_a_cut_over_needs_keys_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key nobody is asked anything."""
    monkeypatch.setenv("V2_API_KEY", "key")
    monkeypatch.delenv("V2_API_SECRET", raising=False)
    result = CliRunner().invoke(app, [*CUT_OVER, "--execute"])
    assert result.exit_code == 2
    assert "V2_API_SECRET is not set" in result.stderr


def test_a_form_is_one_of_two() -> None:
    """There is no third way to hedge mode."""
    result = CliRunner().invoke(app, [*CUT_OVER, "--form", "hope"])
    assert result.exit_code == 2
    assert "second-account" in result.stderr
