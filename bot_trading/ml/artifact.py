"""A model on disk: text or ONNX files, a reference for drift, and a manifest that vouches for them.

The manifest holds what the model expects (features, candles, barriers), where it comes from
(range, seed, code) and a checksum of every file and of itself. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bot_trading.ml.refusals import ArtifactRefused

__all__ = [
    "FORMAT",
    "MANIFEST",
    "FileSeal",
    "Manifest",
    "Part",
    "code_sha256",
    "read_file",
    "read_manifest",
    "seal",
    "write_atomically",
    "write_manifest",
]

FORMAT = 1
MANIFEST = "manifest.json"
KINDS = ("lightgbm", "onnx")
_FILE_BYTES_MAX = 64_000_000
_FOREIGN_HEADS = {
    b"\x80": "a pickle",
    b"PK\x03\x04": "a zip archive (PyTorch or joblib)",
    b"\x93NUMPY": "a numpy file",
}


class FileSeal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file beside the manifest: its name, size and SHA-256."""

    name: str
    bytes: int
    sha256: str


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A range of time of the data, in microseconds UTC, with the rows used of it."""

    from_us: int
    until_us: int
    rows: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model is. Ratios of money are texts, so that no digit is lost.

    `calibration` holds slope and offset per side ("long", "short"); empty when the model's own
    output is a probability. `entry_min_ratio` is None when no threshold earned money on validation.
    """

    format: int
    kind: str
    version: str
    feature_schema_hash: str
    feature_count: int
    interval_s: int
    stop_ratio: str
    target_ratio: str
    horizon_s: int
    round_trip_cost_ratio: float
    entry_min_ratio: str | None
    calibration: dict[str, tuple[float, float]]
    files: dict[str, FileSeal]
    parts: dict[str, Part]
    symbols: tuple[str, ...]
    data_sha256: str
    code_sha256: str
    seed: int
    params: dict[str, float]
    metrics: dict[str, float | None]
    command: str
    sha256: str = ""


def seal(folder: Path, name: str) -> FileSeal:
    """The seal of a file that was just written."""
    data = (folder / name).read_bytes()
    return FileSeal(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest with its own checksum; returns it as written."""
    sealed = msgspec.structs.replace(manifest, sha256=_own_sha256(manifest))
    write_atomically(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(sealed), indent=1))
    return sealed


def read_manifest(folder: Path) -> Manifest:
    """Read and verify a manifest; raises `ArtifactRefused` with the reason."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArtifactRefused(
            f"{path} cannot be read ({error.strerror}); expected a model's folder: train one, "
            "or roll back"
        ) from error
    _refuse_foreign(path, data)
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise ArtifactRefused(
            f"{path} is no manifest of a model ({error}); restore it or roll back"
        ) from error
    if manifest.format != FORMAT or manifest.kind not in KINDS:
        raise ArtifactRefused(
            f"{path} is format {manifest.format}, kind {manifest.kind!r}; this version reads "
            f"format {FORMAT}, kinds {' and '.join(KINDS)}"
        )
    if manifest.sha256 != _own_sha256(manifest):
        raise ArtifactRefused(
            f"{path} was altered after it was written (its checksum differs); restore it, train "
            "again or roll back"
        )
    return manifest


def read_file(folder: Path, manifest: Manifest, role: str) -> bytes:
    """The bytes of one of the model's files, proven to be those that were sealed."""
    file = manifest.files.get(role)
    if file is None:
        raise ArtifactRefused(f"{folder / MANIFEST} names no file for {role!r}; train again")
    if Path(file.name).name != file.name:
        raise ArtifactRefused(f"{folder / MANIFEST} names {file.name!r}, which lies elsewhere")
    path = folder / file.name
    try:
        data = path.read_bytes() if path.stat().st_size <= _FILE_BYTES_MAX else b""
    except OSError as error:
        raise ArtifactRefused(
            f"{path} cannot be read ({error.strerror}); restore it or roll back"
        ) from error
    _refuse_foreign(path, data)
    if len(data) != file.bytes:
        raise ArtifactRefused(
            f"{path} has {len(data)} bytes, its manifest says {file.bytes}: it is truncated or "
            "another file; restore it or roll back"
        )
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ArtifactRefused(
            f"{path} was altered: its checksum is not the manifest's; restore it or roll back"
        )
    return data


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the whole new one."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def code_sha256(texts: Mapping[str, bytes] | None = None) -> str:
    """One checksum over the sources that make features and models; names and bytes, in order."""
    if texts is None:
        root = Path(__file__).resolve().parents[1]
        texts = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for room in ("features", "ml")
            for path in sorted((root / room).glob("*.py"))
        }
    digest = hashlib.sha256()
    for name, data in sorted(texts.items()):
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _own_sha256(manifest: Manifest) -> str:
    """Over the manifest as a reader sees it: 120 and 120.0 are one number to it."""
    bare = msgspec.structs.replace(manifest, sha256="")
    bare = msgspec.json.decode(msgspec.json.encode(bare), type=Manifest)
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


def _refuse_foreign(path: Path, data: bytes) -> None:
    for head, what in _FOREIGN_HEADS.items():
        if data.startswith(head):
            raise ArtifactRefused(
                f"{path} is {what}; models are LightGBM text or ONNX with a manifest, and nothing "
                "is ever unpickled"
            )
