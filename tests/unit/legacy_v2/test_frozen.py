"""The baseline is frozen: what v3's speed is compared with does not move."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from legacy_v2 import trading_engine

FOLDER = Path(trading_engine.__file__).parent
# Digests of the files between a candle and its rows. A defect that keeps v2 from running may be
# mended, together with its digest here; its work per signal may not change.
FROZEN = {
    "exchange.py": "80573635f7d53d1f485b68e13912c3f63c4652bbf79000bd855ac859ce2364a4",
    "orders.py": "7f9cefeaa78ddfc75f32c1122a68711d8d6598acaf43237b5f0b8ff9c0f22b29",
    "risk.py": "da7e219880220fb9d3528c627d203f4f0969edb58bde41dda748f3c81558b116",
    "schema.sql": "c474164eb59753d62643f263687f525f26b04e15e6c9de849f60e14377e01214",
    "signals.py": "94fd39f97bde928fb777d50f55610624cb28706cd826f323dc0f48eee5d8b18a",
    "sltp.py": "6c569cb2925372264b6625d4f0be2f51e79a3805d5209bd3899ed98302c02151",
    "storage.py": "4491307e151993ddaeb7bba3fa1d02f936af4414e4230c9a0c08a5a83b12a9ba",
    "trading_engine.py": "eebe88e3730811cf5e587186e8ef313fb7ae859217dba866f1178eedd6286655",
}


@pytest.mark.parametrize("name", FROZEN)
def test_the_bot_is_the_one_that_was_measured(name: str) -> None:
    """Each file is, byte by byte, the one whose speed and decisions stand in the reports."""
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == FROZEN[name]


def test_every_file_of_the_bot_is_frozen() -> None:
    """No further file can take part in the work per signal unnoticed."""
    doors = {"__init__.py", "__main__.py", "main.py"}
    found = {path.name for path in FOLDER.iterdir() if path.suffix in (".py", ".sql")}
    assert found - doors == set(FROZEN)
