import pathlib


async def newest_recording(folder: str) -> pathlib.Path | None:
    base = pathlib.Path(folder)
    if not base.exists():  # expect: D12
        return None
    found = sorted(base.glob("*.jsonl"))  # expect: D12
    return found[-1] if found else None
