"""Pauses between attempts: doubled, capped, jittered, and set back after success."""

import random
from dataclasses import dataclass

FIRST_S = 0.5
LIMIT_S = 30.0


@dataclass
class Backoff:
    failures: int = 0

    def reset(self) -> None:
        self.failures = 0

    def next_s(self) -> float:
        pause_s = min(FIRST_S * 2 ** min(self.failures, 10), LIMIT_S)
        self.failures += 1
        return pause_s * random.uniform(0.5, 1.0)
