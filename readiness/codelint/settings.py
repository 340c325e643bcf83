"""Settings of a tree as flat entries: YAML, JSON, TOML, INI, .env files, and constants in Python.

An entry is the path of keys, the value as text, and where it stands. Values that are taken from the
environment have no text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from readiness.codelint.program import Module
from readiness.codelint.sources import SourceText
from readiness.codelint.syntax import constant, dict_entries, last_name

__all__ = ["Entry", "python_entries", "text_entries", "text_problem"]

_YAML_BYTES_MAX = 400_000
_DEPTH_MAX = 100  # The compiled composer recurses without a limit of its own, and ends the process.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ASSIGN = re.compile(r"^\s*(?:export\s+|-\s+)?(?P<key>[\w.\-\"']+)\s*(?:=|:)(?P<value>.*)$")
_BRACKET = re.compile(r"[\[\]{}]")
_SECTION = re.compile(r"^\s*\[{1,2}(?P<name>[^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """`keys` from the outside in; `value` is None for a section; `group` names its mapping."""

    path: str
    line: int
    keys: tuple[str, ...]
    value: str | None

    @property
    def key(self) -> str:
        """The innermost key, in lower case."""
        return self.keys[-1].lower()

    @property
    def group(self) -> tuple[str, ...]:
        """The keys of the mapping that holds the entry."""
        return self.keys[:-1]


def text_entries(source: SourceText) -> list[Entry]:
    """Entries of one configuration file; [] for files that hold none or cannot be read."""
    name = source.path.rpartition("/")[2].lower()
    if name.endswith((".yaml", ".yml", ".json")) and len(source.text) < _YAML_BYTES_MAX:
        return _yaml(source)
    if name.endswith((".toml", ".ini", ".cfg", ".conf", ".properties", ".env")) or ".env" in name:
        return list(_lines(source))
    return []


def text_problem(source: SourceText) -> str:
    """Why a YAML or JSON file cannot be read as such, "" where it can."""
    if not source.path.lower().endswith((".yaml", ".yml", ".json")):
        return ""
    if len(source.text) >= _YAML_BYTES_MAX:
        return f"enormous: more than {_YAML_BYTES_MAX} characters"
    problem = _composed(source.text)
    return problem if isinstance(problem, str) else ""


@lru_cache(maxsize=512)
def _composed(text: str) -> list[yaml.Node] | str:
    """The documents of a YAML or JSON text, or the sentence that says why there are none."""
    plain = text.replace("\t", "  ")
    try:
        if _is_too_deep(plain):
            return f"nested too deeply to be read: more than {_DEPTH_MAX} levels"
        return list(yaml.compose_all(plain, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return f"syntax error: {error.problem} in line {line}"
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return f"syntax error: {error}"


def _is_too_deep(text: str) -> bool:
    """Whether lists and mappings are nested beyond reason; events are read without recursion.

    Reading the events of a text takes the square of its depth, so brackets alone are counted first.
    """
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > 10 * _DEPTH_MAX:
            return True
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH_MAX:
            return True
    return False


def _yaml(source: SourceText) -> list[Entry]:
    documents = _composed(source.text)
    if isinstance(documents, str):
        return list(_lines(source))
    found: list[Entry] = []
    for document in documents:
        if document is not None:
            _walk(document, source.path, found)
    return found


def _walk(root: yaml.Node, path: str, found: list[Entry]) -> None:
    stack: list[tuple[yaml.Node, tuple[str, ...]]] = [(root, ())]
    seen: set[int] = set()
    while stack:
        node, keys = stack.pop()
        if id(node) in seen or len(keys) > 40:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key_node, value_node in node.value:
                inner = (*keys, str(key_node.value))
                line = key_node.start_mark.line + 1
                is_scalar = isinstance(value_node, yaml.ScalarNode)
                found.append(Entry(path, line, inner, value_node.value if is_scalar else None))
                stack.append((value_node, inner))
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                stack.append((item, (*keys, str(position))))


def _lines(source: SourceText) -> Iterator[Entry]:
    section: tuple[str, ...] = ()
    for number, line in enumerate(source.text.splitlines(), start=1):
        if line.lstrip().startswith(("#", ";", "//")):
            continue
        header = _SECTION.match(line)
        if header is not None:
            section = tuple(header["name"].strip().split("."))
            yield Entry(source.path, number, section, None)
            continue
        match = _ASSIGN.match(line)
        if match is not None:
            value = match["value"].strip()
            if not value.startswith(("'", '"')):
                value = re.split(r"\s#", value)[0].strip()
            yield Entry(
                source.path, number, (*section, match["key"].strip("\"'")), value.strip("\"',")
            )


def python_entries(module: Module) -> Iterator[Entry]:
    """Constants that modules, classes and dictionaries give to names and keys."""
    for function in module.functions:
        for node in function.nodes:
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                name = last_name(target)
                if isinstance(target, ast.Subscript):
                    name = str(constant(target.slice) or "")
                value = _text(node.value)
                if name and value is not None:
                    yield Entry(module.path, node.lineno, (name,), value)
            elif isinstance(node, ast.Dict):
                for key, inner in dict_entries(node):
                    value = _text(inner)
                    if value is not None or isinstance(inner, ast.Dict):
                        yield Entry(module.path, inner.lineno, (f"dict{node.lineno}", key), value)
            elif isinstance(node, ast.Call):
                for keyword in node.keywords:
                    value = _text(keyword.value)
                    if keyword.arg and value is not None:
                        yield Entry(
                            module.path,
                            keyword.value.lineno,
                            (f"call{node.lineno}", keyword.arg),
                            value,
                        )


def _text(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and not isinstance(node.value, bytes):
        return str(node.value)
    return None
