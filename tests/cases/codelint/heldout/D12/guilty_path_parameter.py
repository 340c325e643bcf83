import json
from pathlib import Path


async def load_config(path: Path) -> dict:
    with path.open(encoding="utf-8") as handle:  # expect: D12|D11
        return json.load(handle)


async def is_fresh(marker: Path, limit_s: int, now_s: int) -> bool:
    return marker.is_file() and now_s - marker.stat().st_mtime < limit_s  # expect: D12
