"""Names, placeholders, hashes and addresses that look like keys."""

import os

API_KEY_HEADER = "X-BAPI-API-KEY"
API_KEY = os.environ["BYBIT_API_KEY"]
API_SECRET = os.environ.get("BYBIT_API_SECRET", "")
EXAMPLE_KEY = "<your api key>"
MODEL_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
USDT_CONTRACT = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
FEATURE_SCHEMA = "v3-240-features"
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
