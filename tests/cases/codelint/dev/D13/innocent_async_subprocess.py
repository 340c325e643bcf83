"""Asynchronous processes, threads, and a script that may block."""

import asyncio
import subprocess


async def uptime() -> str:
    process = await asyncio.create_subprocess_exec("uptime", stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), timeout=5)
    return out.decode()


async def dump_database(url: str, target: str) -> int:
    command = ["pg_dump", "-Fc", "-f", target, url]
    done = await asyncio.to_thread(subprocess.run, command, timeout=600, check=False)
    return done.returncode


def restore(url: str, source: str) -> None:
    subprocess.run(["pg_restore", "-d", url, source], timeout=600, check=True)
