"""Audit log by hand."""

import csv
import gzip
import io


async def append(path: str, line: str) -> None:
    with open(path, "a", encoding="utf-8") as handle:  # expect: D11
        handle.write(line + "\n")


async def fills(path: str) -> list[list[str]]:
    with gzip.open(path, "rt") as handle:  # expect: D11
        return list(csv.reader(handle))


async def header(path: str) -> str:
    handle = io.open(path)  # expect: D11
    try:
        return handle.readline()
    finally:
        handle.close()
