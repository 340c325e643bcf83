"""A property and a callable object that wait on the disk and on a child."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class ModelCard:
    path: Path

    @property
    def threshold(self) -> float:
        return json.loads(self.path.read_text())["threshold"]


class Restart:
    def __call__(self, unit: str) -> int:
        return subprocess.run(["systemctl", "restart", unit], timeout=20, check=False).returncode


restart = Restart()


async def decide(card: ModelCard, score: float) -> bool:
    return score > card.threshold  # expect: D07


async def recover(unit: str) -> bool:
    return restart(unit) == 0  # expect: D07
