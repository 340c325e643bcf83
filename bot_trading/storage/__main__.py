"""Entry point of `python -m bot_trading.storage`."""

from bot_trading.storage.commands import main

if __name__ == "__main__":
    main()
