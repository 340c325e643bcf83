"""A file of keys is its owner's alone, and no message shows what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot_trading.errors import ConfigError
from bot_trading.keys import environment_with


def _file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "keys"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """And without a file it is all there is."""
    path = _file(tmp_path, "# keys\n\nA=file\nexport B='quoted'\n")
    assert environment_with(path, {"A": "environment"}) == {"A": "environment", "B": "quoted"}
    assert environment_with(None, {"A": "environment"}) == {"A": "environment"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o666])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    """With what to do about it."""
    path = _file(tmp_path, "A=secret\n", mode)
    with pytest.raises(ConfigError, match=f"has mode {mode:04o}, expected 0600: run chmod 600"):
        environment_with(path, {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A=1\nsecretwithoutname\n", "line 2 is not NAME=VALUE"),
        ("A=1\nA=2\n", "line 2 names A again"),
        ("9A=secret\n", "line 1 is not NAME=VALUE"),
    ],
)
def test_a_line_that_means_nothing_is_named_and_not_shown(
    tmp_path: Path, text: str, words: str
) -> None:
    """It may hold half a secret."""
    with pytest.raises(ConfigError, match=words) as caught:
        environment_with(_file(tmp_path, text), {})
    assert "secret" not in str(caught.value)


def test_what_is_no_readable_file_is_named(tmp_path: Path) -> None:
    """Missing, a folder, or not text."""
    with pytest.raises(ConfigError, match="cannot be read: FileNotFoundError"):
        environment_with(tmp_path / "none", {})
    with pytest.raises(ConfigError, match="cannot be read: IsADirectoryError"):
        environment_with(tmp_path, {})
    path = tmp_path / "keys"
    path.write_bytes(b"A=\xff\n")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="cannot be read: UnicodeDecodeError"):
        environment_with(path, {})
