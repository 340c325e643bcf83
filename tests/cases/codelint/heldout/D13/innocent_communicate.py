"""asyncio's processes have communicate and wait, too."""

import asyncio
import subprocess

PIPE = subprocess.PIPE


class Deployer:
    def __init__(self, command):
        self.command = command

    async def deploy(self):
        child = await asyncio.create_subprocess_shell(self.command, stdout=PIPE)
        async with asyncio.timeout(60):
            out, _ = await child.communicate()
        return out

    def deploy_blocking(self):
        return subprocess.call(self.command.split(), timeout=60)


if __name__ == "__main__":
    subprocess.run(["true"], check=True, timeout=5)
