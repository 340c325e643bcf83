"""Path methods through attributes and names, and a Path walk in a comprehension."""

from pathlib import Path

BASE = Path("/var/lib/bot")


class Artifacts:
    def __init__(self, root=BASE):
        self.root: Path = Path(root)

    async def publish(self, name, blob):
        target = self.root / "models" / name
        target.parent.mkdir(parents=True, exist_ok=True)  # expect: D12
        target.write_bytes(blob)  # expect: D12
        (self.root / "current").unlink(missing_ok=True)  # expect: D12

    async def ages(self):
        return {p.name: p.stat().st_mtime for p in [self.root / "a", BASE / "b"]}  # expect: D12
