"""Entry point of `python -m bot_trading.ml`."""

from bot_trading.ml.cli import app

if __name__ == "__main__":
    app(prog_name="python -m bot_trading.ml")
