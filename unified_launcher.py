"""Starts the bot; `python3 unified_launcher.py --help` says how."""

from bot_trading.environment import ensure_environment

if __name__ == "__main__":
    ensure_environment()
    from bot_trading.launcher import main

    main()
