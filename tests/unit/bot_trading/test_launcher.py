"""What the door refuses, it refuses in one sentence and before anything was started."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot_trading import launcher, settings


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """The launcher sends this process's logs to a file; other tests want theirs back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    for handler in handlers:
        root.removeHandler(handler)
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def _refused(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["unified_launcher.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        launcher.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--live"], "live trading is locked"),
        (["--mode=ml"], "a model is served inside the core"),
        (["--config", "/no/such.yaml"], "/no/such.yaml cannot be read"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_two(
    arguments: list[str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says what is wrong and, where there is one, the way out."""
    assert _refused(monkeypatch, *arguments) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert len(said.splitlines()) == 1


def test_square_brackets_of_a_sentence_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What was found is shown as it was found."""
    text = Path(settings.DEFAULT_CONFIG).read_text(encoding="utf-8")
    config = tmp_path / "bot.yaml"
    config.write_text(text.replace("level: INFO", "level: [red]"), encoding="utf-8")
    assert _refused(monkeypatch, "--config", str(config)) == 2
    assert "found ['red']" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--mode=sideways"], ["--duration=0"], ["--port=70000"]])
def test_an_impossible_option_is_refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the option's own rule, before anything was started."""
    assert _refused(monkeypatch, *arguments) == 2


@pytest.mark.parametrize("mode", ["api", "all"])
def test_a_port_in_use_is_one_sentence(
    mode: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the port and what to do, and nothing is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = _refused(monkeypatch, f"--mode={mode}", f"--port={port}", "--duration=1")
    assert code == 2
    said = capsys.readouterr().err.strip()
    assert f"port {port} on 127.0.0.1 cannot be used" in said
    assert len(said.splitlines()) == 1
