import os
import subprocess


async def dump_database(url: str, target: str) -> int:
    process = subprocess.Popen(["pg_dump", "-Fc", "-f", target, url])  # expect: D13@dump
    return process.wait(timeout=600)  # expect: D13@dump


async def sync_clock() -> None:
    os.system("chronyc makestep")  # expect: D13
