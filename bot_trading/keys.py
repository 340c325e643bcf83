"""Keys from a file that only its owner may read: NAME=VALUE per line; the environment wins."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from bot_trading.errors import ConfigError

__all__ = ["environment_with"]

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def environment_with(path: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, and below it what the file says; no `path` adds nothing.

    Blank lines and lines that begin with `#` say nothing; quotes around a value are taken off.
    Raises `ConfigError` for a file that is missing, is not ours alone (0600), or holds a line that
    is neither; no message shows a value.
    """
    if path is None:
        return dict(environ)
    return {**_read(path), **environ}


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as file:
            # The open file is looked at, not its name, which could be another one by now.
            _check_owner(path, os.fstat(file.fileno()))
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"keys.file {path} cannot be read: {type(error).__name__}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        pair = _LINE.fullmatch(line)
        if pair is None:
            raise ConfigError(f"keys.file {path}: line {number} is not NAME=VALUE")
        if pair[1] in found:
            raise ConfigError(f"keys.file {path}: line {number} names {pair[1]} again")
        found[pair[1]] = pair[2].strip().strip("\"'")
    return found


def _check_owner(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"keys.file {path} is no regular file")
    if status.st_uid != os.geteuid():
        raise ConfigError(f"keys.file {path} belongs to another user: it must be ours alone")
    if status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise ConfigError(
            f"keys.file {path} has mode {mode:04o}, expected 0600: run chmod 600 {path}, and make"
            " new keys if others could read these"
        )
