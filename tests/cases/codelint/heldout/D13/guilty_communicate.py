from subprocess import PIPE, Popen


async def checksum(name):
    child = Popen(["sha256sum", name], stdout=PIPE, text=True)  # expect: D13@sum
    out, _ = child.communicate(timeout=30)  # expect: D13@sum
    return out.split()[0]


async def git_head():
    from subprocess import getoutput

    return getoutput("git rev-parse HEAD")  # expect: D13
