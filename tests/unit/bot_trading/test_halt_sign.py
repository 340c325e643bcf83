"""Signs on disk: what halts, what resumes, and what cannot be understood."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot_trading.errors import ConfigError
from bot_trading.halt_sign import Sign, leave, put_up_ns, read, sign_folder, take_resume

HALT = Sign(resumes=False, who="ann", why="lunch")
RESUME = Sign(resumes=True, who="bea", why="looked")


def test_no_sign_is_none(tmp_path: Path) -> None:
    """Neither a folder nor a file."""
    assert read(tmp_path / "signs") is None


def test_a_halt_stays_until_a_resume_takes_its_place(tmp_path: Path) -> None:
    """And a resume is followed once."""
    leave(tmp_path, HALT)
    assert read(tmp_path) == read(tmp_path) == HALT
    leave(tmp_path, RESUME)
    assert read(tmp_path) == RESUME
    take_resume(tmp_path)
    take_resume(tmp_path)
    assert read(tmp_path) is None


def test_a_halt_takes_an_older_resume_away(tmp_path: Path) -> None:
    """The newer word counts."""
    leave(tmp_path, RESUME)
    leave(tmp_path, HALT)
    assert read(tmp_path) == HALT
    assert sorted(each.name for each in tmp_path.iterdir()) == ["halt"]


@pytest.mark.parametrize("content", [b"", b"stop!!", b'{"resumes": 3}', b"\xff\x00"])
def test_a_file_made_by_hand_halts(tmp_path: Path, content: bytes) -> None:
    """`touch halt` is enough: somebody meant something by it."""
    (tmp_path / "halt").write_bytes(content)
    sign = read(tmp_path)
    assert sign is not None
    assert not sign.resumes


def test_a_resume_that_names_nobody_halts(tmp_path: Path) -> None:
    """Only a person that is named resumes."""
    (tmp_path / "resume").write_bytes(b"")
    sign = read(tmp_path)
    assert sign is not None
    assert not sign.resumes


def test_a_halt_file_never_resumes(tmp_path: Path) -> None:
    """Whatever stands in it."""
    (tmp_path / "halt").write_bytes(b'{"resumes": true, "who": "x", "why": "y"}')
    sign = read(tmp_path)
    assert sign is not None
    assert not sign.resumes


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in its place."""
    place = tmp_path / "signs"
    place.write_text("x")
    with pytest.raises(ConfigError, match="no sign can be left"):
        leave(place, HALT)


def test_signs_lie_beside_the_logs() -> None:
    """Of the same configuration."""
    assert sign_folder(Path("logs")).parts[-2:] == ("logs", "signs")
    assert sign_folder(Path("/var/log/bot")) == Path("/var/log/bot/signs")


def test_the_same_words_put_up_again_are_another_sign(tmp_path: Path) -> None:
    """A second person may pull the switch with the words of the first."""
    assert put_up_ns(tmp_path) == 0
    sign = HALT
    leave(tmp_path, sign)
    first = put_up_ns(tmp_path)
    os.utime(tmp_path / "halt", ns=(first - 1_000_000, first - 1_000_000))
    earlier = put_up_ns(tmp_path)
    leave(tmp_path, sign)
    assert put_up_ns(tmp_path) > earlier > 0
