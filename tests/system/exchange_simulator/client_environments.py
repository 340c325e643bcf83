"""Environments of their own for real clients whose packages clash with ours or each other's.

Each is made once from its hashed lock in requirements/clients and kept under .state/clients;
tests of other processes that need the same one wait for it.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
_UNREACHABLE = ("error sending request", "dns error", "failed to fetch", "connection refused")


def client_python(client: str) -> Path:
    """Return the interpreter of a client's environment, made if it is not there yet.

    Skips the test where the environment does not exist and the package index cannot be reached.
    """
    lock = ROOT / "requirements" / "clients" / f"{client}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(lock.read_bytes() + version.encode()).hexdigest()[:12]
    folder = ROOT / ".state" / "clients" / f"{client}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _make(client, folder, lock)
    return folder / "bin" / "python"


def _make(client: str, folder: Path, lock: Path) -> None:
    """Make a client's environment, complete when this returns."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        pytest.skip(f"uv is not beside {sys.executable}, so {client} cannot be installed.")
    for command in (
        [str(uv), "venv", "-q", "--clear", "--python", sys.executable, str(folder)],
        [
            *(str(uv), "pip", "install", "-q", "--python", str(folder / "bin" / "python")),
            *("--require-hashes", "-r", str(lock)),
        ],
    ):
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            text = done.stderr.lower()
            if any(sign in text for sign in _UNREACHABLE):
                pytest.skip(f"The package index cannot be reached, so {client} is not there.")
            pytest.fail(f"{client} could not be installed: {done.stderr}")
    (folder / "complete").touch()


def live(
    client: str, script: Path, facts: dict[str, Any], more: dict[str, str] | None = None
) -> Any:
    """Run a life in a client's environment against the simulator; returns what it saw.

    `more` are further environment variables, such as those of a proxy.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(  # noqa: S603
        [str(client_python(client)), "-W", "ignore", str(script), json.dumps(facts)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=kept | (more or {}),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
