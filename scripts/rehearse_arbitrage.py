"""Rehearses groups of two legs under faults in virtual time; options: --groups, --seed."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bot_trading.environment import ensure_environment

if __name__ == "__main__":
    ensure_environment()
    import typer

    from bot_trading.arbitrage_rehearsal import main

    typer.run(main)
