"""Verifies everything and prints the verdict.

Options: --quick, --duration=SECONDS, --output=FOLDER, --config=FILE, --profile.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bot_trading.environment import ensure_environment

if __name__ == "__main__":
    ensure_environment()
    from readiness.door import open_door

    open_door("verify")
