"""A sign on disk by which a person stops the bot, or lets it go on, when nothing else works.

A file `halt` in the folder halts every bot that was started with the same configuration, as often
as one starts, until a file `resume` that names a person takes its place. Neither needs the
database, the network or the bot's own loop to be written.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from bot_trading.errors import ConfigError

__all__ = ["Sign", "leave", "put_up_ns", "read", "sign_folder", "take_resume"]

_HALT, _RESUME = "halt", "resume"
_ROOT = Path(__file__).resolve().parent.parent


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """What a person left, and why."""

    resumes: bool
    who: str
    why: str


def sign_folder(logs: Path) -> Path:
    """Where signs are, for a configuration's folder of logs."""
    return _ROOT / logs / "signs"


def leave(folder: Path, sign: Sign) -> None:
    """Put a sign up; a halt takes an older resume away and the other way round.

    Raises `ConfigError` when the folder cannot be written.
    """
    name, other = (_RESUME, _HALT) if sign.resumes else (_HALT, _RESUME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number, path = tempfile.mkstemp(dir=folder)
        with os.fdopen(number, "wb") as file:
            file.write(msgspec.json.encode(sign))
        (folder / other).unlink(missing_ok=True)
        Path(path).replace(folder / name)
    except OSError as error:
        raise ConfigError(f"no sign can be left in {folder}: {error.strerror}") from error


def read(folder: Path) -> Sign | None:
    """The sign that is up, None where there is none; one that cannot be understood halts, since
    somebody meant something by it."""
    for name in (_HALT, _RESUME):
        try:
            text = (folder / name).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            return Sign(resumes=False, who="a sign", why=f"cannot be read: {error.strerror}")
        try:
            sign = msgspec.json.decode(text, type=Sign)
        except msgspec.DecodeError:
            sign = Sign(resumes=False, who="a sign", why=f"file {name} in {folder.name}")
        if name == _HALT:
            return msgspec.structs.replace(sign, resumes=False)
        return sign
    return None


def put_up_ns(folder: Path) -> int:
    """When the sign that is up was put up, by the disk's clock; 0 where there is none.

    The same words put up again are another sign.
    """
    for name in (_HALT, _RESUME):
        try:
            return (folder / name).stat().st_mtime_ns
        except OSError:
            continue
    return 0


def take_resume(folder: Path) -> None:
    """Take a resume away once it was followed, so that it is followed once."""
    (folder / _RESUME).unlink(missing_ok=True)
