"""Says how often a price difference pays; options: --first, --second and their funding."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from bot_trading.environment import ensure_environment

if __name__ == "__main__":
    ensure_environment()
    import typer

    from bot_trading.arbitrage_study import main

    typer.run(main)
