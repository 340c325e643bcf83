"""A bot takes what its whole tree of processes takes, and its database what serves it."""

from __future__ import annotations

import asyncio
import os
import sys
from urllib.parse import urlsplit

import asyncpg

from readiness.speed.machine import MIB, Machine

CHILD = "import time; held = bytearray(40 * 2**20); print(1, flush=True); time.sleep(60)"
PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}])
began = time.process_time()
while time.process_time() - began < 0.3:
    pass
time.sleep(60)
"""


async def test_children_count() -> None:
    """The memory of a child and the time of its parent are both seen."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT), stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    machine = Machine(pid=process.pid, database="nobody's")
    machine.look(counts=True)
    await process.stdout.readline()
    for _ in range(100):
        machine.look(counts=True)
        if machine.cpu_s >= 0.25:
            break
        await asyncio.sleep(0.05)
    os.killpg(process.pid, 9)
    await process.wait()
    assert machine.processes == 2
    assert machine.memory_mib > 40
    assert machine.cpu_s >= 0.25
    assert machine.database_cpu_s == 0


def test_what_does_not_count_is_left_out() -> None:
    """While its market rests a bot is looked at, and nothing is added."""
    machine = Machine(pid=os.getpid(), database="nobody's")
    machine.look(counts=False)
    sum(number * number for number in range(300_000))
    machine.look(counts=False)
    assert (machine.cpu_s, machine.memory_mib) == (0.0, 0.0)
    machine.look(counts=True)
    assert machine.memory_mib * MIB > 1


def test_a_process_that_is_gone_takes_nothing() -> None:
    """No error, and no plausible number."""
    machine = Machine(pid=2**22 + 1, database="nobody's")
    machine.look(counts=True)
    assert (machine.memory_mib, machine.cpu_s) == (0.0, 0.0)


async def test_its_own_postgres_counts_apart(database_url: str) -> None:
    """By the name of the database, which a server's process shows as its title."""
    name = urlsplit(database_url).path.removeprefix("/")
    connection = await asyncpg.connect(database_url)
    try:
        machine = Machine(pid=os.getpid(), database=name)
        machine.look(counts=True)
        await connection.fetchval("SELECT count(*) FROM generate_series(1, 3000000)")
        machine.look(counts=True)
    finally:
        await connection.close()
    assert machine.database_cpu_s > 0.01
