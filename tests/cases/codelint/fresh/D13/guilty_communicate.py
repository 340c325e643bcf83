from subprocess import PIPE, Popen, check_call


async def compress(path: str) -> bytes:
    child = Popen(["zstd", "-c", path], stdout=PIPE)  # expect: D13@zstd
    out, _ = child.communicate(timeout=60)  # expect: D13@zstd
    return out


async def vacuum(database: str) -> None:
    check_call(["vacuumdb", database], timeout=600)  # expect: D13
