# ruff: noqa: UP006, UP035, UP045 (old Pythons must be able to read this file, to say that they are)
"""Makes the project's own environment in `.venv`, once, from the hashed lock, and finds it again.

Standard library and old syntax only: this file runs before anything is installed, and a Python
that is too old must still get as far as saying so. Nothing outside the checkout is changed.
"""

import ast
import fcntl
import glob
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Any, Dict, List, Optional, Tuple

__all__ = ["EnvironmentRefused", "ensure_environment", "main", "set_up"]

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST_PYTHON = (3, 11)
INTERPRETERS = ("python3.13", "python3.12", "python3.11", "python3")
LOCK = os.path.join("requirements", "dev.txt")
INSTALLER_LOCK = os.path.join("requirements", "uv.txt")
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
# What pip is told of the network, in uv's words; uv does not read pip's configuration.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


class EnvironmentRefused(Exception):
    """The environment cannot be made; the message says why and what to do."""


def ensure_environment() -> None:
    """Return where the project's environment runs this process; otherwise start over inside it.

    For the doors written in Python: called by another interpreter, they set the environment up
    where needed and continue under it, with the same arguments.
    """
    environment = os.path.join(ROOT, ".venv")
    if os.path.realpath(sys.prefix) == os.path.realpath(environment):
        return
    try:
        python = set_up()
    except EnvironmentRefused as refusal:
        sys.exit(f"cannot start: {refusal}")
    given = getattr(sys, "orig_argv", [sys.executable, *sys.argv])[1:]  # Since Python 3.10.
    sys.stdout.flush()
    os.execv(python, [python, *given])  # noqa: S606 (the same program, under our Python)


def set_up(installer: str = "any") -> str:
    """Make the environment where it is missing or outdated; return the path of its Python.

    `installer` is `uv`, `pip`, or `any`: uv, and pip where uv cannot work. Raises
    EnvironmentRefused. Two set-ups at once wait for each other; one that was killed is done again.
    """
    environment = os.path.join(ROOT, ".venv")
    python = os.path.join(environment, "bin", "python")
    if _is_complete(environment):
        return python
    base = _usable_interpreter()
    try:
        lock = _wait_for_other_set_ups()
        if not _is_complete(environment):
            _build(base, environment, installer, lock)
    except PermissionError as error:
        raise EnvironmentRefused(
            f"no permission to write {error.filename}: use a checkout of your own"
        ) from error
    return python


def _lock_digest() -> str:
    """What the environment is made from: another digest means another environment."""
    digest = hashlib.sha256()
    for name in (LOCK, INSTALLER_LOCK):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _version_of(python: str) -> Tuple[int, ...]:
    """The version of an interpreter that really runs; empty for one that does not."""
    ask = "import sys; print(*sys.version_info[:3])"
    try:
        command = [python, "-I", "-c", ask]
        said = subprocess.check_output(command, stderr=subprocess.DEVNULL)  # noqa: S603 (as above)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(part) for part in said.split())


def _stamp(python: str) -> str:
    """What a complete environment carries: the lock and the Python that it was made for."""
    return "{} {}\n".format(_lock_digest(), ".".join(map(str, _version_of(python))))


def _is_complete(environment: str) -> bool:
    """Was this environment finished, from today's lock, and does its Python still run?"""
    try:
        with open(os.path.join(environment, "stamp"), encoding="ascii") as file:
            return file.read() == _stamp(os.path.join(environment, "bin", "python"))
    except OSError:
        return False


def _usable_interpreter() -> str:
    """This Python, or a newer one on the path where this one is too old.

    Inside a virtual environment, which may be the one to be replaced, the Python beneath counts.
    """
    this = "python{}.{}".format(*sys.version_info[:2])
    candidates = [os.path.join(sys.base_prefix, "bin", this), sys.executable]
    candidates += [shutil.which(name) or "" for name in INTERPRETERS]
    for python in candidates:
        if python and _version_of(python) >= OLDEST_PYTHON:
            return python
    raise EnvironmentRefused(
        "this is Python {}.{}, and Python {}.{} or newer is needed. Install one beside it "
        "(Debian and Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3.12; "
        "macOS: brew install python@3.12; without root: pyenv or uv python install) and make "
        "sure that it is on the PATH".format(*(sys.version_info[:2] + OLDEST_PYTHON))
    )


def _wait_for_other_set_ups() -> int:
    """The lock that only one set-up holds; installers inherit it, so that it outlives a killed one.

    Returns its descriptor, which stays open until this process ends or starts over.
    """
    folder = os.path.join(ROOT, ".state")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "set_up.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("waiting for another set-up of this checkout")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _build(base: str, environment: str, installer: str, lock: int) -> None:
    """Build anew; the previous environment is kept aside until the new one is stamped."""
    began = time.monotonic()
    _say("setting up .venv with Python {}".format(".".join(map(str, _version_of(base)))))
    aside = os.path.join(ROOT, ".state", "previous_environment")
    shutil.rmtree(aside, ignore_errors=True)
    if os.path.lexists(environment):
        os.rename(environment, aside)
    done = False
    try:
        child = _child_environment()
        pip = _make_venv(base, environment, child, lock)
        _install(pip, environment, child, installer, lock)
        with open(os.path.join(environment, "stamp"), "w", encoding="ascii") as file:
            file.write(_stamp(os.path.join(environment, "bin", "python")))
        done = True
    finally:
        if not done:
            shutil.rmtree(environment, ignore_errors=True)
            if os.path.lexists(aside):
                os.rename(aside, environment)
    shutil.rmtree(aside, ignore_errors=True)
    _say("environment ready", began)


def _child_environment() -> Dict[str, str]:
    """The installers' environment: ours, with the system's certificates and without leftovers."""
    child = {name: value for name, value in os.environ.items() if value}
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET"):
        child.pop(name, None)
    if "SSL_CERT_FILE" not in child:
        found = [path for path in CERTIFICATES if os.path.exists(path)]
        child.update({"SSL_CERT_FILE": found[0]} if found else {})
    if "SSL_CERT_FILE" in child:
        child.setdefault("PIP_CERT", child["SSL_CERT_FILE"])  # Old pips know only their own list.
    child["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return child


def _make_venv(base: str, environment: str, child: Dict[str, str], lock: int) -> List[str]:
    """Make an empty environment; return the command that runs a pip for it.

    Debian without python3-venv cannot put a pip inside; then the system's pip serves, or the
    wheel of it that Debian keeps, or nothing does and the sentence says what to install.
    """
    python = os.path.join(environment, "bin", "python")
    began = time.monotonic()
    code, said = _run([base, "-m", "venv", environment], child, lock)
    if code == 0:
        _say("made an empty environment", began)
        return [python, "-m", "pip"]
    shutil.rmtree(environment, ignore_errors=True)
    bare, bare_said = _run([base, "-m", "venv", "--without-pip", environment], child, lock)
    candidates = [[base, "-m", "pip", "--python", python]]
    wheels = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"), reverse=True)
    candidates += [[python, os.path.join(wheel, "pip")] for wheel in wheels]
    for pip in candidates if bare == 0 else []:
        if _run([*pip, "--version"], child, lock)[0] == 0:
            _say("made an empty environment without a pip of its own", began)
            return pip
    raise EnvironmentRefused(
        f"{base} cannot make an environment: {_last_words(said or bare_said)}. Install its venv "
        "module (Debian and Ubuntu: apt install python3-venv), or a complete Python by pyenv"
    )


def _install(
    pip: List[str], environment: str, child: Dict[str, str], installer: str, lock: int
) -> None:
    """Install the lock, every file checked by its hash, by uv or, where that fails, by pip."""
    requirements = os.path.join(ROOT, LOCK)
    if installer != "pip":
        began = time.monotonic()
        code, said = _install_by_uv(pip, environment, child, lock)
        if code == 0:
            _say("installed the locked packages by uv", began)
            return
        if installer == "uv":
            raise EnvironmentRefused("uv could not install the packages: " + _last_words(said))
        _say(f"uv cannot install here ({_last_words(said)}); pip takes a minute or two")
    began = time.monotonic()
    quiet = ["-q", "--no-input", "--no-deps", "--require-hashes", "-r", requirements]
    code, said = _run([*pip, "install", *quiet], child, lock)
    if code != 0:
        raise EnvironmentRefused(
            f"the packages could not be installed: {_last_words(said)}. The first set-up needs a "
            "package index: look at the network, the proxy and `pip config list`"
        )
    _say("installed the locked packages by pip", began)


def _install_by_uv(
    pip: List[str], environment: str, child: Dict[str, str], lock: int
) -> Tuple[int, str]:
    """Put the pinned uv into the environment and let it install the lock."""
    uv_lock = os.path.join(ROOT, INSTALLER_LOCK)
    get_uv = ["install", "-q", "--no-input", "--no-deps", "--only-binary", ":all:"]
    code, said = _run(pip + get_uv + ["--require-hashes", "-r", uv_lock], child, lock)
    if code != 0:
        return code, said
    settings = dict(child, UV_NO_PROGRESS="1", UV_PYTHON_DOWNLOADS="never")
    settings.update(_uv_settings(_run([*pip, "config", "list"], child, lock)[1]))
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        if "ALL_PROXY" in settings:
            settings.setdefault(name, settings["ALL_PROXY"])
    # The hashes decide what is installed, so the index that offers it first need not.
    command = [os.path.join(environment, "bin", "uv"), "pip", "install", "-q", "--no-deps"]
    command += ["--no-build", "--require-hashes", "--index-strategy", "unsafe-best-match"]
    command += ["--python", os.path.join(environment, "bin", "python")]
    return _run([*command, "-r", os.path.join(ROOT, LOCK)], settings, lock)


def _uv_settings(pip_config: str) -> Dict[str, str]:
    """uv's settings from `pip config list`: index, certificates, proxy, as pip would use them.

    Of one key set in several places the environment counts most, then pip's section for
    `install`, then the general one. What uv's own variables already say is left to them.
    """
    found = {}  # type: Dict[str, Tuple[int, str]]
    for line in pip_config.splitlines():
        name, _, quoted = line.partition("=")
        section, _, key = name.rpartition(".")
        rank = {"global": 0, "install": 1, ":env:": 2}.get(section)
        if rank is None or key not in PIP_TO_UV or not quoted.startswith(("'", '"')):
            continue
        if rank >= found.get(key, (0, ""))[0]:
            found[key] = (rank, str(ast.literal_eval(quoted)))
    settings = {}
    for key, (_, value) in found.items():
        separator = "," if key == "find-links" else " "
        settings[PIP_TO_UV[key]] = separator.join(value.split())
    return {name: value for name, value in settings.items() if not os.environ.get(name)}


def _run(command: List[str], child: Dict[str, str], lock: int) -> Tuple[int, str]:
    """Run to the end: exit code and everything that it said."""
    try:
        done = subprocess.run(  # noqa: S603 (an interpreter or installer chosen above)
            command,
            env=child,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            check=False,
        )
    except OSError as error:
        return 127, str(error)
    return done.returncode, done.stdout.decode(errors="replace").strip()


def _last_words(said: str) -> str:
    """The end of what a program said, on one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " ".join(lines[-3:])[-400:] or "it said nothing"


def _say(message: str, began: Optional[float] = None) -> None:
    """One progress line, with the duration of what has ended."""
    took = "" if began is None else f" ({time.monotonic() - began:.1f} s)"
    sys.stderr.write(f"set-up: {message}{took}\n")
    sys.stderr.flush()


def _stop(number: int, frame: Any) -> None:
    """Leave by an exception, so that the running installer is ended and the old state put back."""
    sys.exit(128 + number)


def main(arguments: List[str]) -> None:
    """Set up, then continue as `python SCRIPT ARGUMENTS` inside the environment, if given.

    `--installer=uv|pip` as the first argument forces one installer.
    """
    installer = "any"
    if arguments and arguments[0].startswith("--installer="):
        installer = arguments.pop(0).partition("=")[2]
    if installer not in ("any", "uv", "pip"):
        sys.exit(f"--installer={installer}: expected uv or pip")
    signal.signal(signal.SIGTERM, _stop)
    try:
        python = set_up(installer)
    except EnvironmentRefused as refusal:
        sys.stderr.write(f"cannot set up: {refusal}\n")
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)
    if arguments:
        os.execv(python, [python, *arguments])  # noqa: S606 (a door of ours)


if __name__ == "__main__":
    main(sys.argv[1:])
