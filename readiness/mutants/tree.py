"""Copies of the tree in temporary folders, of which one file at a time is changed and put back.

The real tree is never touched. A change whose target is gone is refused: a mutant that changes
nothing would seem to have survived.
"""

from __future__ import annotations

import ast
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from readiness.mutants.mutant import Edit

__all__ = ["EditRefused", "changed", "copy_tree", "edited", "read_source"]

PARTS = (
    *("bot_trading", "exchange_simulator", "readiness", "legacy_v2", "migration", "config"),
    *("models", "tests", "docs", "unified_launcher.py", "pyproject.toml"),
)
_LEFT_OUT = shutil.ignore_patterns("cases", ".hypothesis", "reports")


class EditRefused(Exception):
    """An edit does not fit the tree any more; the message says which one and what to do."""


def copy_tree(root: Path, into: Path) -> Path:
    """A copy of what the checks need, with time stamps, so that compiled files stay valid."""
    into.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (root / part).is_dir():
            shutil.copytree(root / part, into / part, ignore=_LEFT_OUT)
        elif (root / part).exists():
            shutil.copy2(root / part, into / part)
    if not (into / ".venv").exists():
        (into / ".venv").symlink_to(sys.prefix)  # Doors set an environment up where none is.
    return into


def edited(text: str, edit: Edit) -> str:
    """The text with the change; raises EditRefused where its target is not there exactly once."""
    if edit.at is not None:
        if not text.startswith(edit.old, edit.at):
            raise EditRefused(f"{edit.file} is not what the mutant was drawn from: draw again")
        after = text[: edit.at] + edit.new + text[edit.at + len(edit.old) :]
    else:
        count = text.count(edit.old)
        if count != 1:
            raise EditRefused(
                f"{edit.file} holds {edit.old.strip()[:80]!r} {count} times, expected once:"
                " write this mutant anew"
            )
        after = text.replace(edit.old, edit.new)
    if after == text:
        raise EditRefused(f"{edit.file}: {edit.old.strip()[:80]!r} is replaced by itself")
    if edit.file.endswith(".py"):
        try:
            ast.parse(after)
        except SyntaxError as error:
            raise EditRefused(f"{edit.file} is no Python after the change: {error}") from error
    return after


def read_source(tree: Path, edit: Edit) -> str:
    """The file of an edit as it is; raises EditRefused where it is not in the tree."""
    try:
        return (tree / edit.file).read_bytes().decode("utf-8")
    except OSError as error:
        raise EditRefused(f"{edit.file} is not in the tree: write this mutant anew") from error


@contextmanager
def changed(tree: Path, edits: Sequence[Edit]) -> Iterator[None]:
    """The tree with these changes, put back afterwards with its old time stamps."""
    before: dict[Path, tuple[bytes, os.stat_result]] = {}
    try:
        for edit in edits:
            path = tree / edit.file
            text = read_source(tree, edit)
            before.setdefault(path, (text.encode("utf-8"), path.stat()))
            path.write_text(edited(text, edit), "utf-8")
        yield
    finally:
        for path, (data, stat) in before.items():
            path.write_bytes(data)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
