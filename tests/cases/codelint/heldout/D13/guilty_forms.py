"""Child processes that the loop waits for."""

import os
import shlex
import subprocess as sp


class Deployer:
    def __init__(self, command):
        self.command = command

    async def deploy(self):
        return sp.call(shlex.split(self.command), timeout=60)  # expect: D13

    async def verify(self):
        sp.check_call([*shlex.split(self.command), "--check"], timeout=60)  # expect: D13


async def tail(name):
    pipe = os.popen("tail -n 1 " + shlex.quote(name))  # expect: D13@tail
    return pipe.read()  # expect: D13@tail
