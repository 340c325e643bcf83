"""A model's files are those that were sealed, or they are refused with the reason."""

from __future__ import annotations

import pickle
from pathlib import Path

import msgspec
import pytest

from bot_trading.ml.artifact import (
    MANIFEST,
    code_sha256,
    read_file,
    read_manifest,
    seal,
    write_atomically,
    write_manifest,
)
from bot_trading.ml.refusals import ArtifactRefused
from tests.builders.small_models import manifest


def test_a_manifest_survives_the_disk(tmp_path: Path) -> None:
    """What was written is read back equal, whole numbers among the parameters included."""
    written = write_manifest(tmp_path, manifest(params={"trees": 120, "rate": 0.04}))
    assert read_manifest(tmp_path) == written
    assert len(written.sha256) == 64


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"stop_ratio": "0.006"', b'"stop_ratio": "0.009"'),
        (b'"horizon_s": 900', b'"horizon_s": 901'),
        (b'"entry_min_ratio": null', b'"entry_min_ratio": "0.01"'),
    ],
)
def test_an_altered_manifest_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Not a single value can be changed by hand."""
    write_manifest(tmp_path, manifest())
    path = tmp_path / MANIFEST
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(ArtifactRefused, match="was altered"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no manifest of a model"),
        (b"{}", "missing required field"),
        (pickle.dumps({"a": 1}), "is a pickle"),
        (b"PK\x03\x04rest", "is a zip archive"),
        (b"\x93NUMPY", "is a numpy file"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    """An empty, foreign or pickled manifest is told apart; nothing is unpickled."""
    (tmp_path / MANIFEST).write_bytes(data)
    with pytest.raises(ArtifactRefused, match=words):
        read_manifest(tmp_path)


def test_missing_torn_and_unknown_manifests_are_refused(tmp_path: Path) -> None:
    """An absent folder, a cut file, an unknown field, format and kind are refused."""
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        read_manifest(tmp_path / "absent")
    write_manifest(tmp_path, manifest())
    path = tmp_path / MANIFEST
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArtifactRefused, match="no manifest"):
        read_manifest(tmp_path)
    fields = msgspec.json.decode(whole)
    path.write_bytes(msgspec.json.encode(fields | {"extra": 1}))
    with pytest.raises(ArtifactRefused, match="extra"):
        read_manifest(tmp_path)
    write_manifest(tmp_path, manifest(format=99))
    with pytest.raises(ArtifactRefused, match="format 99"):
        read_manifest(tmp_path)
    write_manifest(tmp_path, manifest(kind="joblib"))
    with pytest.raises(ArtifactRefused, match="joblib"):
        read_manifest(tmp_path)


def test_files_are_proven_by_size_and_checksum(tmp_path: Path) -> None:
    """A truncated, altered, missing, pickled or far-away file is refused, each by its own words."""
    path = tmp_path / "long.txt"
    path.write_bytes(b"tree of numbers")
    found = manifest(files={"long": seal(tmp_path, "long.txt")})
    assert read_file(tmp_path, found, "long") == b"tree of numbers"
    for data, words in (
        (b"tree of num", "truncated"),
        (b"tree of numberz", "was altered"),
        (pickle.dumps([1]), "is a pickle"),
    ):
        path.write_bytes(data)
        with pytest.raises(ArtifactRefused, match=words):
            read_file(tmp_path, found, "long")
    path.unlink()
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        read_file(tmp_path, found, "long")
    with pytest.raises(ArtifactRefused, match="names no file"):
        read_file(tmp_path, found, "short")
    away = msgspec.structs.replace(found.files["long"], name="../long.txt")
    with pytest.raises(ArtifactRefused, match="lies elsewhere"):
        read_file(tmp_path, manifest(files={"long": away}), "long")


def test_a_write_replaces_whole_files(tmp_path: Path) -> None:
    """After a write the file is new and nothing else is left beside it."""
    path = tmp_path / "a.json"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_the_code_has_one_checksum() -> None:
    """It changes with any byte or name of the sources, and not from call to call."""
    assert code_sha256() == code_sha256()
    first = code_sha256({"a.py": b"1", "b.py": b"2"})
    assert first == code_sha256({"b.py": b"2", "a.py": b"1"})
    assert first != code_sha256({"a.py": b"12", "b.py": b""})
    assert first != code_sha256({"a.py": b"1", "c.py": b"2"})
