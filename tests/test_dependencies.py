"""What is declared, locked and imported agree, and the lock tells bytes, not places."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot_trading", "exchange_simulator", "readiness", "migration", "legacy_v2")


def _mentioned_modules() -> set[str]:
    """Top-level names that our packages import, or look for by their name."""
    found = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _requirements(group: str) -> list[str]:
    """The names of the declared packages of `runtime` or `dev`, as the lock spells them."""
    project = _project()
    declared = (
        project["project"]["dependencies"]
        if group == "runtime"
        else project["dependency-groups"]["dev"]
    )
    return [re.split(r"[\[<>=;! ]", line, maxsplit=1)[0].lower() for line in declared]


def test_every_dependency_has_its_reason() -> None:
    """Each declared dependency carries a sentence on its line."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lines = [line for line in text.splitlines() if re.match(r'    "[a-zA-Z0-9_\[\]-]+[<>=]', line)]
    assert len(lines) == len(_requirements("runtime")) + len(_requirements("dev"))
    assert [line for line in lines if not re.search(r"#\s+\S.*\.$", line)] == []


def test_no_dependency_is_declared_that_nobody_imports() -> None:
    """Each runtime dependency is imported or named in the packages, as module or as program."""
    provided: dict[str, set[str]] = {}
    for module, distributions in importlib.metadata.packages_distributions().items():
        for distribution in distributions:
            provided.setdefault(distribution.lower().replace("_", "-"), set()).add(module)
    mentioned = _mentioned_modules()
    unused = [
        name for name in _requirements("runtime") if not provided.get(name, {name}) & mentioned
    ]
    assert unused == []


@pytest.mark.parametrize("name", ["runtime", "dev", "uv"])
def test_the_lock_holds_hashes_and_names_no_host(name: str) -> None:
    """Every locked package has an exact version and a hash; no index and no address is named."""
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [
        entry.splitlines()[0] for entry in entries if not re.match(r"[\w.-]+==[\w.!+]+", entry)
    ] == []
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|--index|--find-links|--extra|file:| @ ", text) == []


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_the_lock_covers_what_is_declared(name: str) -> None:
    """Each declared dependency is in its lock, and the runtime's lock is part of the other."""
    locks = {
        lock: set(
            re.findall(r"^([\w.-]+)==", (ROOT / f"requirements/{lock}.txt").read_text(), re.M)
        )
        for lock in ("runtime", "dev")
    }
    assert {wanted for wanted in _requirements(name) if wanted not in locks[name]} == set()
    assert locks["runtime"] <= locks["dev"]
