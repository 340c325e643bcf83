"""`call`, `run` and `popen` of our own classes, and error types of subprocess."""

import subprocess


class Rpc:
    def __init__(self, channel):
        self.channel = channel

    async def call(self, name, *args):
        return await self.channel.request(name, args, timeout=2)


async def status(rpc: Rpc):
    try:
        return await rpc.call("status")
    except subprocess.TimeoutExpired as error:
        return {"error": str(error)}
