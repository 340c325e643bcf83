"""What a measurement belongs to: everything that a check consists of, and nothing beside.

That is its source, whatever of the verifier and of the tests this imports, its form, and its
section of what the verification demands. The system under test is no part of it: a check does not
see less because the bot was mended.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from readiness.mutants.rules import Rules, RulesRefused

__all__ = ["fingerprint", "parts_of"]

FORMS = Path("readiness/mutants/forms.py")
DEMANDS = Path("config/readiness.yaml")
_OURS = ("readiness", "tests")
# Of the settings the values of the check's own section count, not how all of them are read.
_LEFT_OUT = frozenset({Path("readiness/settings.py")})


def fingerprint(rules: Rules, root: Path) -> str:
    """Sixteen digits; raises RulesRefused where something is gone or is no Python."""
    form = _form(rules.check, root)
    digest = hashlib.sha256(form.encode())
    digest.update(_section(rules.settings, root))
    for part in parts_of(rules, root):
        digest.update(part.as_posix().encode())
        digest.update((root / part).read_bytes())
    return digest.hexdigest()[:16]


def parts_of(rules: Rules, root: Path) -> list[Path]:
    """The files of a check and of its form, relative to the root, in order."""
    waiting = list(_files(root, rules.source))
    waiting += _imported(ast.parse(_form(rules.check, root)), root)
    found: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file in found or file in _LEFT_OUT:
            continue
        found.add(file)
        if file.suffix == ".py":
            waiting += _imported(_parsed(root / file), root)
    return sorted(found)


def _files(root: Path, source: Iterable[str]) -> Iterator[Path]:
    """Raises RulesRefused for a place that is gone: its change would go unseen."""
    for name in source:
        path = root / name
        if path.is_dir():
            yield from (file.relative_to(root) for file in path.rglob("*.py"))
        elif path.is_file():
            yield Path(name)
        else:
            raise RulesRefused(f"{name} is not there: correct the source of its check's mutants")


def _imported(tree: ast.AST, root: Path) -> Iterator[Path]:
    """The files of ours that this code imports, wherever in it that stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.split(".")[0] in _OURS:
                base = Path(*name.split("."))
                for file in (base.with_suffix(".py"), base / "__init__.py"):
                    if (root / file).is_file():
                        yield file


def _form(check: str, root: Path) -> str:
    """The source of the form of a check and of what it calls beside it; "" where it has none."""
    text = (root / FORMS).read_text("utf-8")
    defined = {
        name: ast.get_source_segment(text, node) or ""
        for node in _parsed(root / FORMS).body
        for name in _names(node)
    }
    table = ast.parse(defined.pop("FORMS", "")).body
    forms = {
        key.value: value.id
        for node in ast.walk(ast.Module(body=table, type_ignores=[]))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
    }
    waiting, found = [forms.get(check, "")], dict[str, str]()
    while waiting:
        name = waiting.pop()
        if name in found or name not in defined:
            continue
        found[name] = defined[name]
        called = ast.walk(ast.parse(defined[name]))
        waiting += [node.id for node in called if isinstance(node, ast.Name)]
    return "\n".join(found[name] for name in sorted(found))


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.AnnAssign):
        yield ast.unparse(node.target)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def _section(name: str, root: Path) -> bytes:
    if not name:
        return b""
    demanded = msgspec.yaml.decode((root / DEMANDS).read_bytes())
    if name not in demanded:
        raise RulesRefused(f"{DEMANDS} has no section {name}: correct that of the check's mutants")
    return msgspec.json.encode(demanded[name], order="deterministic")


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text("utf-8"))
    except (OSError, SyntaxError) as error:
        raise RulesRefused(f"{file} cannot be read: {error}") from error
