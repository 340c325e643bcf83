"""Entry point of `python -m exchange_simulator`."""

from exchange_simulator.cli import app

if __name__ == "__main__":
    app()
