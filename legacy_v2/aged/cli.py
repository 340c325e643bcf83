"""The command line that makes aged v2 databases.

python -m legacy_v2.aged --database-url URL --rows 1000000 --seed 7 --dirt null_symbol
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import psycopg

from legacy_v2.aged.database import DIRT_KINDS, age

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """The command line: 0 when the database was made, 2 with one sentence when it was not."""
    options = _options(arguments)
    url = options.database_url or os.environ.get("DATABASE_URL", "")
    if not url:
        return _refuse("no database: give --database-url or set DATABASE_URL")
    try:
        made = age(
            url,
            rows=options.rows,
            seed=options.seed,
            dirt=tuple(filter(None, options.dirt.split(","))),
            dirt_rows=options.dirt_rows,
            zone=options.time_zone,
        )
    except ValueError as error:
        return _refuse(str(error))
    except psycopg.errors.DuplicateTable as error:
        return _refuse(f"the database is not empty ({_line(error)}): give an empty one")
    except psycopg.Error as error:
        return _refuse(f"the database could not be filled: {_line(error)}")
    if options.json:
        options.json.write_text(json.dumps(asdict(made), indent=1) + "\n", "utf-8")
    rows = ", ".join(f"{name} {count:,}" for name, count in made.rows.items())
    sys.stdout.write(f"made {rows}; {len(made.dirt)} spoiled\n")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m legacy_v2.aged", description="Fill an empty database as v2 would have."
    )
    parser.add_argument("--database-url", help="or the environment's DATABASE_URL")
    parser.add_argument("--rows", type=int, required=True, help="orders; other tables follow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dirt", default="", help=f"of {', '.join(DIRT_KINDS)}")
    parser.add_argument("--dirt-rows", type=int, help="spoiled rows of each kind")
    parser.add_argument("--time-zone", default="UTC", help="whose clock the naive times show")
    parser.add_argument("--json", type=Path, help="write what was made, and every spoiled row")
    return parser.parse_args(arguments)


def _line(error: psycopg.Error) -> str:
    return " ".join(str(error).split())


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"legacy_v2.aged: {sentence}\n")
    return 2
