"""Constants, exceptions and results of subprocess without running anything."""

import asyncio
import subprocess


async def uptime() -> str:
    child = await asyncio.create_subprocess_shell(
        "uptime", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    out, _ = await asyncio.wait_for(child.communicate(), timeout=5)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, "uptime")
    return out.decode()
