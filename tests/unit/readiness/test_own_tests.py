"""What CI runs: every step is heard, one failure is enough, and arguments go to pytest alone."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from readiness import own_tests

ROOT = Path(__file__).resolve().parents[3]
FINE = (sys.executable, "-c", "print('fine')")
BAD = (sys.executable, "-c", "import sys; sys.exit(1)")


@pytest.fixture(autouse=True)
def _signals_as_before() -> object:
    """The steps take over two signals; the test session wants them back."""
    kept = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    for number, handler in kept:
        signal.signal(number, handler)


def test_a_failure_does_not_hide_the_next_step(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The steps after a failed one still run, and the end names all that failed."""
    monkeypatch.setattr(own_tests, "STEPS", (("a", BAD), ("b", FINE), ("c", BAD)))
    assert own_tests.run_own_tests([]) == 1
    said, complained = capfd.readouterr()
    assert said == "fine\n"
    assert "failed: a, c" in complained


def test_all_passed_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """Success is silent about failures."""
    monkeypatch.setattr(own_tests, "STEPS", (("a", FINE), ("b", FINE)))
    assert own_tests.run_own_tests([]) == 0


def test_arguments_go_to_pytest_alone(capfd: pytest.CaptureFixture[str]) -> None:
    """With arguments only the last step runs, with them at its end."""
    assert own_tests.run_own_tests(["--version"]) == 0
    said, complained = capfd.readouterr()
    assert "pytest" in said + complained
    assert "[1/1] tests" in complained


def test_the_steps_are_those_of_the_house() -> None:
    """Lint, format, types, import contracts and tests, pytest last."""
    assert [name for name, _ in own_tests.STEPS] == ["lint", "format", "types", "imports", "tests"]


async def test_a_request_to_terminate_lets_the_step_clean_up() -> None:
    """SIGTERM reaches the running step as Ctrl-C, and no further step begins."""
    step = (
        "import time\ntry:\n    print('up', flush=True)\n    time.sleep(600)\n"
        "except KeyboardInterrupt: print('cleaned up')"
    )
    driver = (
        "import sys\nfrom readiness import own_tests\n"
        f"step = (sys.executable, '-c', {step!r})\n"
        "own_tests.STEPS = (('a', step), ('b', step))\n"
        "sys.exit(own_tests.run_own_tests([]))\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", driver),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGTERM)
    assert await process.stdout.read() == b"cleaned up\n"
    assert await process.wait() == 128 + signal.SIGTERM
