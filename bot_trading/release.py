"""What exactly is started: digests of code, configuration, model and schema.

A verdict belongs to these. Where one of them differs, something else would trade than was verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from bot_trading.ml.registry import read_slots

__all__ = ["release_of"]

_CODE = ("bot_trading", "unified_launcher.py", "requirements")
_SCHEMA = Path("bot_trading/storage/migrations")


def release_of(root: Path, config: Path, models: Path) -> dict[str, str]:
    """A digest (SHA-256, 16 hex digits) of each of `code`, `configuration`, `model` and `schema`.

    Code is the bot's own with the lock of what it runs on; the model is what may serve, current
    and previous, in the folder `models` of a checkout `root`. Raises OSError where a file cannot
    be read, and `ArtifactRefused` for a registry that is none.
    """
    slots = read_slots(root / models)
    served = [root / models / name for name in (slots.current, slots.previous) if name]
    schema = _files([root / _SCHEMA])
    code = [file for file in _files(root / name for name in _CODE) if file not in set(schema)]
    return {
        "code": _digest(root, code),
        "configuration": hashlib.sha256(config.read_bytes()).hexdigest()[:16],
        "model": _digest(root, _files(served)),
        "schema": _digest(root, schema),
    }


def _files(places: Iterable[Path]) -> list[Path]:
    """The files in these places, in order, without what Python leaves beside them."""
    found: set[Path] = set()
    for place in places:
        inside = place.rglob("*") if place.is_dir() else (place,)
        found |= {each for each in inside if each.is_file() and "__pycache__" not in each.parts}
    return sorted(found)


def _digest(root: Path, files: Iterable[Path]) -> str:
    """Over names and contents, each with its length, so that nothing can move between them."""
    digest = hashlib.sha256()
    for file in files:
        for part in (file.relative_to(root).as_posix().encode(), file.read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()[:16]
