"""Prints the catalogue as the table of docs/features.md: `python -m bot_trading.features`."""

from __future__ import annotations

import sys

from bot_trading.features.catalog import markdown_table

if __name__ == "__main__":
    sys.stdout.write(markdown_table())
