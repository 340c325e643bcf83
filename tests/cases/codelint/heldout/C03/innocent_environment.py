"""Live by choice, keys by environment."""

import os

EXCHANGES = {
    "bybit": {
        "api_key": os.environ["BYBIT_API_KEY"],
        "api_secret": os.environ["BYBIT_API_SECRET"],
        "testnet": False,
    },
}
