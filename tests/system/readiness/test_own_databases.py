"""`scripts/verify_database_migration.py` on a user's own two databases, run as a program."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from readiness.check import CheckResult, Evidence, Finding, Outcome, Severity
from readiness.checks.own_databases import tables_of
from tests.builders.migrated_pair import Pair, execute

ROOT = Path(__file__).resolve().parents[3]


async def _verify(*options: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "scripts/verify_database_migration.py"), *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "COLUMNS": "300"},
    )
    said, complained = await process.communicate()
    return process.returncode or 0, said.decode(), complained.decode()


def _options(pair: Pair, folder: Path) -> list[str]:
    return [
        f"--source={pair.source_url}",
        f"--target={pair.target_url}",
        f"--mapping={pair.mapping}",
        f"--output={folder / 'report'}",
        f"--json={folder / 'found.json'}",
    ]


async def test_a_clean_copy_is_ready(pair: Pair, tmp_path: Path) -> None:
    """Exit code 0, the verdict as YAML, everything as JSON, tables of at most 100 columns."""
    code, said, complained = await _verify(*_options(pair, tmp_path))
    verdict = yaml.safe_load(said)
    assert (code, verdict["migration_status"]) == (0, "READY"), complained
    assert verdict["checks"]["Data Integrity"].startswith("PASSED")
    report = json.loads((tmp_path / "found.json").read_text("utf-8"))
    (data,) = [it for it in report["results"] if it["name"] == "Data Integrity"]
    assert data["coverage_ratio"] == 1.0
    assert data["recall"]["caught"] == data["recall"]["seeded"] >= 25
    tables = [line for line in complained.splitlines() if line.startswith(("│", "┃", "┏", "└"))]
    assert tables
    assert max(map(len, tables)) <= 100
    assert pair.source_url not in said + complained


async def test_damage_is_not_ready(pair: Pair, tmp_path: Path) -> None:
    """Exit code 2; each finding has its rule, its key and the statement that mends it."""
    await execute(pair.target_url, "UPDATE fills_v3 SET price = price + 1 WHERE id = v3_id(77)")
    code, said, _ = await _verify(*_options(pair, tmp_path))
    assert (code, yaml.safe_load(said)["migration_status"]) == (2, "NOT_READY")
    report = json.loads((tmp_path / "found.json").read_text("utf-8"))
    findings = {it["rule_id"]: it for result in report["results"] for it in result["findings"]}
    changed = findings["data-value-changed"]
    assert "key 77" in changed["message"]
    assert changed["fix"].startswith('UPDATE "public"."fills_v3" SET "price" = ')
    assert "data-money-differs" in findings


async def test_a_sample_alone_is_never_ready(pair: Pair, tmp_path: Path) -> None:
    """What was not looked at is not equal: a clean sample needs the full check, exit code 1."""
    code, said, _ = await _verify(*_options(pair, tmp_path), "--sample=0.5", "--seed=2")
    verdict = yaml.safe_load(said)
    assert (code, verdict["migration_status"]) == (1, "NEEDS_FIXES")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"source": "target", "target": "source"}, "source and target are swapped"),
        ({"mapping": "nowhere"}, "cannot read the mapping"),
        ({"source": "mysql://me@db/x"}, "the source begins with 'mysql'"),
        ({"target": "postgresql://me@127.0.0.1:1/x"}, "the target database cannot be reached"),
        ({"source": ""}, "give both --source and --target"),
    ],
)
async def test_bad_input_is_one_sentence(
    change: dict[str, str], sentence: str, pair: Pair, tmp_path: Path
) -> None:
    """What cannot be verified at all ends with 3, one sentence, and no verdict."""
    given = {"source": pair.source_url, "target": pair.target_url, "mapping": str(pair.mapping)}
    options = {**given, **{name: given.get(value, value) for name, value in change.items()}}
    code, said, complained = await _verify(
        *(f"--{name}={value}" for name, value in options.items() if value),
        f"--output={tmp_path / 'report'}",
    )
    assert (code, said) == (3, ""), complained
    assert sentence in complained
    assert len(complained.strip().splitlines()) == 1


def test_tables_keep_to_a_hundred_columns() -> None:
    """However long a value or a message is, it is folded and not cut off."""
    finding = Finding(rule_id="data-row-lost", severity=Severity.HIGH, message="m" * 300, fix="f")
    result = CheckResult(
        name="Data Integrity",
        outcome=Outcome.FAILED,
        is_critical=True,
        evidence=(Evidence(what="w" * 150, measured="v" * 150, limit="l" * 150),),
        findings=(finding,),
    )
    console = Console(width=200, record=True, file=io.StringIO())
    for table in tables_of(result):
        console.print(table)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("m") >= 300
