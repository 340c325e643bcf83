"""Tests count as evidence when they were run and hold, and as a failure otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from readiness.context import Context, Scope
from readiness.settings import read_settings
from readiness.worked_examples import proven

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A checkout without tests."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return Context(
        root=tmp_path,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url="",
        folder=tmp_path,
    )


def _write(context: Context, claim: str) -> None:
    (context.root / "test_claim.py").write_text(f"def test_claim():\n    assert {claim}\n", "utf-8")


async def test_examples_that_hold_are_evidence(context: Context) -> None:
    """With what they said last and the command that says it again."""
    _write(context, "1 + 1 == 2")
    proof = await proven(context, "sums", ["test_claim.py"], "sums.log")
    assert proof.failure == ""
    assert proof.evidence.what == "sums"
    assert "1 passed" in proof.evidence.measured
    assert proof.evidence.source == "python3 -m pytest -q test_claim.py"
    assert (context.folder / "sums.log").exists()


async def test_an_example_that_breaks_is_a_failure(context: Context) -> None:
    """Named by what was to be proven."""
    _write(context, "1 + 1 == 3")
    proof = await proven(context, "sums", ["test_claim.py"], "sums.log")
    assert proof.failure.startswith("sums ended with 1: ")
    assert "1 failed" in proof.failure


async def test_examples_that_are_not_there_prove_nothing(context: Context) -> None:
    """Whoever takes the tests away gets no pass for it."""
    proof = await proven(context, "sums", ["test_claim.py"], "sums.log")
    assert proof.failure
