"""A signal to halt that comes before there is anything to halt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from bot_trading import early_halt

ROOT = Path(__file__).resolve().parents[3]
_CATCHES_SIGUSR1 = 1 << (signal.SIGUSR1 - 1)


def test_a_signal_is_kept_and_taken_once() -> None:
    """The process lives on, and what it heard is told one time."""
    before = signal.getsignal(signal.SIGUSR1)
    try:
        early_halt.listen()
        assert not early_halt.take()
        os.kill(os.getpid(), signal.SIGUSR1)
        assert early_halt.take()
        assert not early_halt.take()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_the_door_listens_before_it_imports_the_bot() -> None:
    """A signal as soon as the door catches any does not end it: it goes on to refuse its option."""
    command = [sys.executable, str(ROOT / "unified_launcher.py"), "--duration=0"]
    with subprocess.Popen(  # noqa: S603  # Our own door, with our own arguments.
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as door:
        status = Path(f"/proc/{door.pid}/status")
        deadline_s = time.monotonic() + 30
        while not _caught(status) & _CATCHES_SIGUSR1:
            assert time.monotonic() < deadline_s
            time.sleep(0.001)
        door.send_signal(signal.SIGUSR1)
        said, _ = door.communicate(timeout=60)
    assert door.returncode == 2, said
    assert "--duration" in said


def _caught(status: Path) -> int:
    """The signals that a process has a handler for, one bit each, as the kernel tells them."""
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines["SigCgt"], 16)
