"""The file of stated reasons: what v2 offered, v3 no longer does, and why that is meant.

A YAML mapping from an entry of the inventory to its reason: `table:trades: kept as fills`.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

__all__ = ["ReasonsFileError", "read_reasons"]

_ENTRY = re.compile(r"^(name|endpoint|setting|table|job):\S")
_REASON_CHARACTERS_MIN = 8


class ReasonsFileError(Exception):
    """The file of stated reasons cannot be read as such."""


def read_reasons(path: Path) -> dict[str, str]:
    """Reasons by entry.

    Raises ReasonsFileError when the file is missing, is no such mapping, or an entry has no reason.
    """
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise ReasonsFileError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ReasonsFileError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise ReasonsFileError(f"{path}: expected entries like 'table:trades' with their reasons")
    for entry, reason in content.items():
        if not isinstance(entry, str) or not _ENTRY.search(entry):
            raise ReasonsFileError(
                f"{path}: {entry!r} is no entry; expected name:, endpoint:, setting:, table: or"
                " job: and what the inventory calls it"
            )
        if not isinstance(reason, str) or len(reason.strip()) < _REASON_CHARACTERS_MIN:
            raise ReasonsFileError(f"{path}: {entry} has no reason; write why it is gone")
    return content
