"""Starts the simulator as a process of its own, as a user does, and stops it again."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


@contextlib.contextmanager
def simulator(*options: str) -> Iterator[dict[str, Any]]:
    """Run it on a free port and yield the facts that it printed; it must stop with 0."""
    command = [sys.executable, "-m", "exchange_simulator", "--json", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        code = process.wait(20)
        process.stdout.close()
    assert code == 0
