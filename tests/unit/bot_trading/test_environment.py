"""The set-up, tried with real interpreters and pip on small checkouts whose lock is one wheel."""

from __future__ import annotations

import ast
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot_trading import environment
from bot_trading.environment import EnvironmentRefused

SOURCE = Path(environment.__file__)


def _make_wheel(folder: Path, name: str, code: str) -> str:
    """A wheel with one module; returns its line in a lock."""
    files = {
        f"{name}.py": code,
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{name}-1.0.dist-info/RECORD"
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
        f",{len(text)}".replace("=,", ",")
        for path, text in files.items()
    ]
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, record: "\n".join([*rows, f"{record},,"])}.items():
            archive.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a path with a space, whose lock holds one package from a folder of wheels."""
    root = tmp_path / "a check out"
    (root / "bot_trading").mkdir(parents=True)
    (root / "requirements").mkdir()
    shutil.copy(SOURCE, root / "bot_trading/environment.py")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (root / "requirements/dev.txt").write_text(_make_wheel(wheels, "locked", "ANSWER = 42\n"))
    (root / "requirements/uv.txt").write_text(f"uv==0.0.1 --hash=sha256:{'0' * 64}\n")
    (root / "door.py").write_text(
        "import sys\n"
        "from bot_trading.environment import ensure_environment\n"
        "ensure_environment()\n"
        "import locked\n"
        "print(locked.ANSWER, sys.prefix, sys.argv[1:])\n"
    )
    return root


def _environ(root: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(root.parent),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(root.parent / "wheels"),
    }


def _start(
    root: Path, *arguments: str, script: str = "bot_trading/environment.py"
) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 (this very interpreter)
        [sys.executable, str(root / script), *arguments],
        env=_environ(root),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    said, complained = process.communicate(timeout=100)
    return process.returncode, said, complained


def _wait_for(seen: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not seen():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def test_an_old_python_can_read_it() -> None:
    """The file keeps to the grammar of Python 3.6, so that such a Python can still refuse."""
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))


def test_a_too_old_python_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any new enough Python the sentence names both versions and ways to get one."""
    monkeypatch.setattr(environment, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(EnvironmentRefused, match=r"Python 99\.0 or newer.*apt install"):
        environment._usable_interpreter()


def test_it_is_made_once_and_found_again(checkout: Path) -> None:
    """The first start installs the lock, by pip where uv is missing; the second does nothing."""
    code, _, first = _finish(_start(checkout))
    assert code == 0, first
    assert "uv cannot install here" in first
    assert "installed the locked packages by pip" in first
    stamp = (checkout / ".venv/stamp").stat().st_mtime_ns
    assert _finish(_start(checkout)) == (0, "", "")
    assert (checkout / ".venv/stamp").stat().st_mtime_ns == stamp


def test_a_door_continues_inside_with_its_arguments(checkout: Path) -> None:
    """A script started by another Python goes on under the environment's, arguments untouched."""
    code, said, complained = _finish(_start(checkout, "--mode=all", "two words", script="door.py"))
    assert code == 0, complained
    assert said.split(" ", 1) == ["42", f"{checkout}/.venv ['--mode=all', 'two words']\n"]


def test_a_changed_lock_makes_it_anew_and_a_failure_keeps_the_old_one(checkout: Path) -> None:
    """A new lock means a new environment; where that fails the previous one is put back."""
    assert _finish(_start(checkout))[0] == 0
    before = (checkout / ".venv/stamp").read_text()
    lock = checkout / "requirements/dev.txt"
    good = lock.read_text()
    lock.write_text(good + f"absent==1.0 --hash=sha256:{'0' * 64}\n")
    code, _, complained = _finish(_start(checkout))
    assert code == 3
    assert "cannot set up: the packages could not be installed" in complained
    assert (checkout / ".venv/stamp").read_text() == before
    lock.write_text(good + _make_wheel(checkout.parent / "wheels", "added", "ANSWER = 43\n"))
    assert _finish(_start(checkout))[0] == 0
    assert list((checkout / ".venv").rglob("added.py"))


def test_two_at_once_make_one_environment(checkout: Path) -> None:
    """The second set-up waits for the first and then uses its result."""
    first = _start(checkout)
    _wait_for((checkout / ".venv").exists, first)
    second = _start(checkout)
    assert _finish(first)[0] == 0
    code, _, complained = _finish(second)
    assert code == 0
    assert complained == "set-up: waiting for another set-up of this checkout\n"


def test_a_killed_set_up_is_done_again(checkout: Path) -> None:
    """After SIGKILL in the middle the next start makes the environment whole."""
    killed = _start(checkout)
    _wait_for((checkout / ".venv/bin").exists, killed)
    killed.kill()
    killed.communicate()
    assert not (checkout / ".venv/stamp").exists()
    assert _finish(_start(checkout))[0] == 0
    assert (checkout / ".venv/stamp").exists()


def test_a_terminated_set_up_leaves_nothing_behind(checkout: Path) -> None:
    """SIGTERM ends the installer as well, and no half-made environment stays."""
    process = _start(checkout)
    _wait_for((checkout / ".venv/bin").exists, process)
    process.send_signal(signal.SIGTERM)
    assert _finish(process)[0] == 128 + signal.SIGTERM
    assert not (checkout / ".venv").exists()


def test_a_damaged_environment_is_not_complete(checkout: Path) -> None:
    """An environment whose Python is gone does not count, whatever its stamp says."""
    assert _finish(_start(checkout))[0] == 0
    (checkout / ".venv/bin/python").unlink()
    code, _, complained = _finish(_start(checkout))
    assert code == 0
    assert "environment ready" in complained


def test_a_wrong_hash_is_refused(checkout: Path) -> None:
    """A package whose bytes are not those of the lock is not installed."""
    lock = checkout / "requirements/dev.txt"
    lock.write_text(f"locked==1.0 --hash=sha256:{'0' * 64}\n")
    code, _, complained = _finish(_start(checkout))
    assert code == 3
    assert "could not be installed" in complained
    assert not (checkout / ".venv").exists()


def test_an_unknown_installer_is_refused(checkout: Path) -> None:
    """Only uv and pip can be asked for."""
    code, _, complained = _finish(_start(checkout, "--installer=conda"))
    assert code == 1
    assert complained == "--installer=conda: expected uv or pip\n"


def test_uv_is_told_what_pip_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Index, certificates and proxy reach uv; the environment counts most, then `install`."""
    for name in environment.PIP_TO_UV.values():
        monkeypatch.delenv(name, raising=False)
    config = "\n".join(
        [
            ":env:.index-url='https://index.example/a'",
            "global.index-url='https://index.example/b'",
            "global.extra-index-url='https://index.example/c\\nfile:///srv/d'",
            "global.find-links='/srv/e /srv/f'",
            "install.proxy='http://proxy.example:3128'",
            "global.proxy='http://elsewhere.example'",
            "freeze.timeout='9'",
            "a line of another kind",
        ]
    )
    assert environment._uv_settings(config) == {
        "UV_DEFAULT_INDEX": "https://index.example/a",
        "UV_INDEX": "https://index.example/c file:///srv/d",
        "UV_FIND_LINKS": "/srv/e,/srv/f",
        "ALL_PROXY": "http://proxy.example:3128",
    }
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example/own")
    assert "UV_DEFAULT_INDEX" not in environment._uv_settings(config)


def test_installers_use_the_systems_certificates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without SSL_CERT_FILE, also when it is empty, the system's bundle is named to pip and uv."""
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    monkeypatch.setattr(environment, "CERTIFICATES", ("/nowhere.pem", str(bundle)))
    monkeypatch.setenv("SSL_CERT_FILE", "")
    monkeypatch.delenv("PIP_CERT", raising=False)
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    child = environment._child_environment()
    assert child["SSL_CERT_FILE"] == child["PIP_CERT"] == str(bundle)
    assert "PYTHONPATH" not in child


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    """Where neither venv nor any pip works the sentence names the package to install."""
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\necho 'ensurepip is not available'\nexit 1\n")
    broken.chmod(0o755)
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    with pytest.raises(EnvironmentRefused, match=r"ensurepip is not available.*python3-venv"):
        environment._make_venv(str(broken), str(tmp_path / ".venv"), dict(os.environ), lock)
    os.close(lock)


def test_the_systems_pip_serves_where_the_environment_has_none(tmp_path: Path) -> None:
    """A Python without ensurepip still gets an environment, through another pip of the system."""
    base = environment._usable_interpreter()
    crippled = tmp_path / "python3"
    crippled.write_text(
        "#!/bin/sh\n"
        'case "$*" in "-m venv --without-pip"*|"-m pip"*) ;; '
        "*) echo 'ensurepip is not available'; exit 1;; esac\n"
        f'exec "{base}" "$@"\n'
    )
    crippled.chmod(0o755)
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    target = str(tmp_path / ".venv")
    pip = environment._make_venv(str(crippled), target, dict(os.environ), lock)
    code, said = environment._run([*pip, "--version"], dict(os.environ), lock)
    os.close(lock)
    assert code == 0, said
    assert pip[:3] == [str(crippled), "-m", "pip"]
    assert not (tmp_path / ".venv/bin/pip").exists()
