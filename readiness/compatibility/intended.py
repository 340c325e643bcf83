"""The differences that v3 means to have from v2, each with its reason, as the file lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

__all__ = ["FILE", "Intended", "read_intended"]

FILE = Path(__file__).with_name("intended.yaml")


class Intended(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why v3 differs in one kind, and whether that shows in the core or on the wire alone."""

    reason: str
    seen: Literal["core", "wire"]


def read_intended(file: Path = FILE) -> dict[str, Intended]:
    """By kind. Raises ValueError with one sentence for a file that says something else."""
    try:
        found = msgspec.yaml.decode(file.read_bytes(), type=dict[str, Intended])
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(
            f"{file.name} cannot be read ({error}): give each kind a reason, and core or wire as"
            " where it is seen"
        ) from error
    if not all(each.reason.strip() for each in found.values()):
        raise ValueError(f"{file.name}: a difference without a reason is not an intended one")
    return found
