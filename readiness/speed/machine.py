"""What a bot takes of the machine: its whole tree of processes, and apart from it its database.

Everything is read from outside, a few times a second. A process that lives between two looks only
is not seen; what a tree held at most is the largest sum that one look saw, in which pages that its
processes share count for each of them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import psutil

__all__ = ["Machine"]

MIB = 2**20
TITLE = "postgres"  # So a PostgreSQL server names the processes that serve.
BACKENDS_EVERY = 4  # Looks; going through all processes of the machine is not free.


@dataclass(slots=True, kw_only=True)
class _Processor:
    """The processor time of a changing set of processes, since each was seen first."""

    last_s: dict[psutil.Process, float] = field(default_factory=dict)

    def since_last(self, processes: list[psutil.Process], *, from_birth: bool) -> float:
        """What they used since the last look, in seconds; new ones, where asked, from birth."""
        used_s = 0.0
        for process in processes:
            with suppress(psutil.Error):  # It has just ended.
                times = process.cpu_times()
                now_s = times.user + times.system
                used_s += now_s - self.last_s.get(process, 0.0 if from_birth else now_s)
                self.last_s[process] = now_s
        return used_s


@dataclass(slots=True, kw_only=True)
class Machine:
    """One bot's use of the machine, while its market moved; `database` is the name of its own."""

    pid: int
    database: str
    memory_mib: float = 0.0
    cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    processes: int = 0
    looks: int = 0
    _tree: _Processor = field(default_factory=_Processor)
    _server: _Processor = field(default_factory=_Processor)
    _backends: list[psutil.Process] = field(default_factory=list)

    def look(self, *, counts: bool) -> None:
        """Look once; what was used since the last look is added where it counts."""
        if self.looks % BACKENDS_EVERY == 0:
            self._backends = [one for one in psutil.process_iter() if self._serves(one)]
        tree = self._family()
        is_first = self.looks == 0
        used_s = self._tree.since_last(tree, from_birth=not is_first)
        served_s = self._server.since_last(self._backends, from_birth=not is_first)
        self.looks += 1
        if counts:
            self.cpu_s += used_s
            self.database_cpu_s += served_s
            self.memory_mib = max(self.memory_mib, sum(_resident(one) for one in tree) / MIB)
            self.processes = max(self.processes, len(tree))

    def _family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.Error:
            return []

    def _serves(self, process: psutil.Process) -> bool:
        """Whether it is a server's process for the bot's database, by the title that it shows."""
        try:
            words = " ".join(process.cmdline()).split()
        except psutil.Error:
            return False
        return bool(words) and words[0].startswith(TITLE) and self.database in words


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
