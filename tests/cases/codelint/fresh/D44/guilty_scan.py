import os


async def newest(folder: str) -> str:
    with os.scandir(folder) as entries:  # expect: D44
        return max(entry.name for entry in entries)


async def prepare(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)  # expect: D44
    if not os.path.isdir(folder):  # expect: D44
        raise OSError(f"{folder} is no folder")
