"""The user's own two systems, as `--config readiness.yaml` tells of them.

The file names two code trees, two databases with their mapping, and the line that starts each bot;
what it leaves out is not looked at. Sections of the shipped `config/readiness.yaml` may stand in it
too, whole, in place of the shipped ones. An unknown key is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from readiness.settings import Settings, SettingsRefused, read_settings
from readiness.wire.bots import Bot, BotFailed
from readiness.wire.scenarios import MARKETS

__all__ = ["System", "Systems", "bot_of", "read_systems", "url_of"]

NAMES = tuple(field.name for field in msgspec.structs.fields(Settings))


class System(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the two. Paths are relative to the file; a `database_url` of $NAME is read from the
    environment.

    `bot` is the line that starts it, from `folder` or else from `code`; `environment` is set for
    it, and may name places as the line does. `position_mode` auto is found out on a calm day.
    """

    code: str = ""
    database_url: str = ""
    bot: str = ""
    folder: str = ""
    markets: tuple[Literal["bybit", "binance", "okx"], ...] = ("bybit",)
    position_mode: Literal["auto", "hedge", "one-way"] = "auto"
    environment: Mapping[str, str] = {}


class Systems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The old system, which may be left out, and the new one."""

    new: System
    old: System = System()
    mapping: str = ""


class _Whole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    systems: Systems


def read_systems(path: Path, shipped: Path) -> tuple[Systems, Settings]:
    """The systems and the thresholds; raises SettingsRefused with one sentence."""
    try:
        given: Any = msgspec.yaml.decode(path.read_bytes())
    except OSError as error:
        raise SettingsRefused(f"cannot read {path} ({error.strerror}); name a file") from error
    except msgspec.DecodeError as error:
        raise SettingsRefused(f"{path}: {error}; correct that line") from error
    if not isinstance(given, dict) or "systems" not in given:
        raise SettingsRefused(f"{path}: systems is not there; name your new system under it")
    usual = read_settings(shipped)
    sections = {name: given.pop(name) for name in NAMES if name in given}
    try:
        systems = msgspec.convert(given, _Whole).systems
        whole = msgspec.to_builtins(usual) | sections
        settings = msgspec.convert(whole, Settings)
    except msgspec.ValidationError as error:
        raise SettingsRefused(f"{path}: {error}; correct that key") from error
    return _with_paths(systems, path), settings


def _with_paths(systems: Systems, file: Path) -> Systems:
    """Every path made whole; raises SettingsRefused for one that is not there."""

    def whole(text: str, what: str) -> str:
        if not text:
            return ""
        found = (file.resolve().parent / Path(text).expanduser()).resolve()
        if not found.exists():
            raise SettingsRefused(f"{file}: {what} {found} is not there; correct the path")
        return str(found)

    made = {}
    for name in ("old", "new"):
        system: System = getattr(systems, name)
        code, folder = whole(system.code, f"{name}.code"), whole(system.folder, f"{name}.folder")
        made[name] = msgspec.structs.replace(system, code=code, folder=folder or code)
        if system.bot:
            bot_of(made[name], file)
        url_of(made[name], f"{file}: {name}.database_url")
    both = bool(systems.old.database_url and systems.new.database_url)
    if both and not systems.mapping:
        raise SettingsRefused(f"{file}: mapping is not there; say how one database became another")
    if systems.new in (System(), msgspec.structs.replace(System(), markets=MARKETS)):
        raise SettingsRefused(f"{file}: systems.new is empty; name its code, database or bot")
    mapping = whole(systems.mapping, "mapping")
    return Systems(new=made["new"], old=made["old"], mapping=mapping)


def bot_of(system: System, file: Path | str = "") -> Bot:
    """How its bot is started; raises SettingsRefused for a line that cannot be read."""
    mode = "hedge" if system.position_mode == "auto" else system.position_mode
    try:
        bot = Bot.of_line(system.bot, Path(system.folder or "."), system.markets, mode)
    except BotFailed as failed:
        raise SettingsRefused(f"{file}: {failed}") from failed
    return Bot(
        command=bot.command,
        folder=bot.folder,
        markets=bot.markets,
        mode=mode,
        environ=dict(system.environment),
    )


def url_of(system: System, what: str = "database_url") -> str:
    """Its database, out of the environment where the file says so; raises SettingsRefused."""
    if not system.database_url.startswith("$"):
        return system.database_url
    name = system.database_url.removeprefix("$").strip("{}")
    found = os.environ.get(name, "")
    if not found:
        raise SettingsRefused(f"{what} is ${name}, which is not set in the environment; set it")
    return found
