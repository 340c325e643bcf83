"""Starts the bot; `python3 unified_launcher.py --help` says how."""

from bot_trading.environment import ensure_environment

if __name__ == "__main__":
    ensure_environment()
    # What follows takes a second to import, and a signal to halt may come in it.
    from bot_trading.early_halt import listen

    listen()
    from bot_trading.launcher import main

    main()
