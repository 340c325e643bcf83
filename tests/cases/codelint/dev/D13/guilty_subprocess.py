"""Operations bot that shells out in the middle of the loop."""

import subprocess
from subprocess import check_output


async def restart_feed(unit: str) -> bool:
    done = subprocess.run(["systemctl", "restart", unit], timeout=30, check=False)  # expect: D13
    return done.returncode == 0


class Health:
    def __init__(self, history):
        self.history = history

    async def sample(self) -> None:
        text = check_output(["uptime"], text=True, timeout=5)  # expect: D13
        self.history.append(text)
