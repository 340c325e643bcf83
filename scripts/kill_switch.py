"""Stops everything, also while the bot hangs; options: --close, --everything, --resume, --help."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bot_trading.environment import ensure_environment

if __name__ == "__main__":
    ensure_environment()
    from bot_trading.kill_switch import main

    main()
