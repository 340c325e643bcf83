"""Copies are changed and put back; what does not fit any more is refused, not skipped."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from readiness.mutants.mutant import Edit
from readiness.mutants.tree import PARTS, EditRefused, changed, copy_tree, edited

SOURCE = "def f() -> int:\n    return 1\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of one file."""
    (tmp_path / "room.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def test_a_change_is_there_within_and_gone_after(tree: Path) -> None:
    """With the old time stamp, so that compiled files stay valid."""
    file = tree / "room.py"
    before = file.stat().st_mtime_ns
    with changed(tree, [Edit(file="room.py", old="return 1", new="return 2")]):
        assert "return 2" in file.read_text("utf-8")
        assert file.stat().st_mtime_ns != before
    assert file.read_text("utf-8") == SOURCE
    assert file.stat().st_mtime_ns == before


def test_a_trial_that_raises_leaves_nothing(tree: Path) -> None:
    """The tree is whole for the next one."""
    with (
        pytest.raises(RuntimeError),
        changed(tree, [Edit(file="room.py", old="return 1", new="return 2")]),
    ):
        raise RuntimeError
    assert (tree / "room.py").read_text("utf-8") == SOURCE


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (Edit(file="room.py", old="return 9", new="x"), "0 times, expected once"),
        (Edit(file="room.py", old="n", new="m"), "times, expected once: write this mutant anew"),
        (Edit(file="room.py", old="return 1", new="return 1"), "replaced by itself"),
        (Edit(file="room.py", old="return 1", new="return ("), "no Python after the change"),
        (Edit(file="room.py", old="x", new="y", at=3), "draw again"),
        (Edit(file="gone.py", old="x", new="y"), "not in the tree"),
    ],
)
def test_what_does_not_fit_is_refused(tree: Path, edit: Edit, said: str) -> None:
    """A mutant that changes nothing would seem to have survived."""
    with pytest.raises(EditRefused, match=said.replace("(", r"\(")), changed(tree, [edit]):
        pass
    assert (tree / "room.py").read_text("utf-8") == SOURCE


def test_two_changes_of_one_file_are_both_made(tree: Path) -> None:
    """And both put back."""
    edits = [
        Edit(file="room.py", old="return 1", new="return 2"),
        Edit(file="room.py", old="def f", new="def g"),
    ]
    with changed(tree, edits):
        assert (tree / "room.py").read_text("utf-8") == "def g() -> int:\n    return 2\n"
    assert (tree / "room.py").read_text("utf-8") == SOURCE


def test_a_copy_holds_the_parts_and_leaves_the_original(tmp_path: Path) -> None:
    """With its time stamps; what checks do not need is left out."""
    root = tmp_path / "root"
    for name in ("bot_trading/a.py", "tests/cases/b.py", "reports/c.txt", "config/bot.yaml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x = 1\n", encoding="utf-8")
    copy = copy_tree(root, tmp_path / "copy")
    files = [path for path in copy.glob("*/*") if path.is_file() and path.parent.name != ".venv"]
    names = sorted(path.relative_to(copy).as_posix() for path in files)
    assert names == ["bot_trading/a.py", "config/bot.yaml"]
    assert (copy / ".venv").resolve() == Path(sys.prefix).resolve()
    stamps = [(base / "bot_trading/a.py").stat().st_mtime_ns for base in (root, copy)]
    assert stamps[0] == stamps[1]
    assert "tests" in PARTS


def test_texts_that_are_no_python_may_be_anything() -> None:
    """A damaged file of settings is a mutant too."""
    assert edited("a: 1\n", Edit(file="c.yaml", old="a: 1", new="a: [")) == "a: [\n"
