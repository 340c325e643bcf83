"""What a tree offers (names, endpoints, settings, tables, jobs), and what of it the new tree lost.

Names are compared without their module, and an asynchronous twin (`check_async` for `check`) counts
as the counterpart, because moving code and making it asynchronous is what a migration does.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from readiness.check import Location
from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Function
from readiness.codelint.schema.migrations import read_migrations, replay
from readiness.codelint.schema.rules import described_tables
from readiness.codelint.settings import text_entries
from readiness.codelint.sources import SourceText
from readiness.codelint.summaries import Summary
from readiness.codelint.syntax import argument, constant, dotted, last_name, snake

__all__ = ["Inventory", "Item", "compare_inventories", "take_inventory"]

_VERBS = frozenset({"get", "post", "put", "delete", "patch", "websocket", "head", "options"})
_ROUTES = frozenset({"route", "api_route", "add_api_route", "add_url_rule", "add_route"})
_JOBS = frozenset({"add_job", "scheduled_job", "repeat_every", "periodic_task", "cron", "do"})
_CRITICAL = re.compile(
    r"^(process|handle|execute|on)_(signal|order|entry|exit)$|^(place|submit|create|send|cancel|"
    r"modify|amend)_order$|^(open|close)_position(_partial)?$|^(check|validate)_(risk|order|limits)$"
)
_CONFIG_FILE = re.compile(
    r"(^|/)(config|settings|conf)(/|[\w.-]*\.)|\.env|\.toml$|(^|/)\w*bot\w*\.ya?ml$"
)
_RULE_OF = {"name": "V01", "endpoint": "V02", "setting": "V03", "table": "V04", "job": "V05"}
_WORD_OF = {
    "name": "public name",
    "endpoint": "endpoint",
    "setting": "setting",
    "table": "table",
    "job": "scheduled job",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a tree offers; `kind` is name, endpoint, setting, table or job."""

    kind: str
    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that a tree offers."""

    items: tuple[Item, ...] = ()

    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(sorted(Counter(item.kind for item in self.items).items()))

    def of(self, kind: str) -> list[Item]:
        """The items of one kind."""
        return [item for item in self.items if item.kind == kind]


def take_inventory(context: Context, texts: Iterable[SourceText]) -> Inventory:
    """Read the inventory of a tree; tests offer nothing."""
    items: dict[tuple[str, str], Item] = {}
    for item in (*_names(context), *_calls(context), *_settings(texts), *_tables(context)):
        items.setdefault((item.kind, item.name), item)
    return Inventory(tuple(items.values()))


def _names(context: Context) -> Iterator[Item]:
    for function in context.functions():
        if function.is_body or function.name.startswith("_") or function.name == "<lambda>":
            continue
        owner = function.owner
        if owner is not None and owner.name.startswith("_"):
            continue
        is_inner = function.parent is not None and not function.parent.is_body and owner is None
        if not is_inner:
            name = f"{owner.name}.{function.name}" if owner else function.name
            yield Item("name", name, function.module.path, getattr(function.node, "lineno", 1))
    for found in context.program.classes():
        if not found.module.is_test and not found.name.startswith("_"):
            yield Item("name", found.name, found.module.path, found.node.lineno)


def _calls(context: Context) -> Iterator[Item]:
    for site in context.call_sites():
        yield from _endpoints(site)
        job = _job(site)
        if job:
            yield Item("job", job, site.function.module.path, site.node.lineno)


def _endpoints(site: CallSite) -> Iterator[Item]:
    path = argument(site.node, "path", "rule", position=0)
    text = constant(path)
    if not isinstance(text, str) or not text.startswith("/"):
        return
    is_verb = site.name in _VERBS and (
        _is_decorator(site) or dotted(site.node.func).startswith("web.")
    )
    if not is_verb and site.name not in _ROUTES:
        return
    methods = [site.name.upper()] if is_verb else ["GET"]
    listed = argument(site.node, "methods")
    if isinstance(listed, (ast.List, ast.Tuple)):
        methods = [str(constant(method)).upper() for method in listed.elts]
    plain = re.sub(r"<[^>]*>|\{[^}]*\}", "{}", text.rstrip("/") or "/")
    for method in methods:
        yield Item("endpoint", f"{method} {plain}", site.function.module.path, site.node.lineno)


def _is_decorator(site: CallSite) -> bool:
    parent = site.function.module.parents.get(site.node)
    return isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef))


def _job(site: CallSite) -> str:
    """The name of the function that a scheduler is given, "" for any other call."""
    if site.name not in _JOBS:
        return ""
    if site.name == "do" and "every" not in dotted(site.node.func):
        return ""
    if _is_decorator(site):
        parent = site.function.module.parents.get(site.node)
        return getattr(parent, "name", "")
    target = argument(site.node, "func", position=0)
    return last_name(target)


def _settings(texts: Iterable[SourceText]) -> Iterator[Item]:
    for source in texts:
        if _CONFIG_FILE.search(source.path) and not source.path.endswith(("pyproject.toml", ".md")):
            for entry in text_entries(source):
                if entry.value is not None and not any(key.isdigit() for key in entry.keys):
                    yield Item("setting", ".".join(entry.keys), source.path, entry.line)


def _tables(context: Context) -> Iterator[Item]:
    modules = (m for m in context.program.modules.values() if not m.is_test)
    for table in described_tables(context, replay(read_migrations(modules))):
        yield Item("table", table.name, table.path, table.line)


def compare_inventories(
    context: Context,
    ours: Inventory,
    theirs: Inventory,
    *,
    summaries: dict[Function, Summary],
    older: tuple[Context, dict[Function, Summary]],
    accepted: Mapping[str, str],
) -> None:
    """Report what the older tree offers and this one does not, and paths that stayed synchronous.

    Findings of V01 to V05 stand in the older tree: their path is prefixed with `baseline:`.
    """
    lost_classes: set[str] = set()
    for item in sorted(theirs.items, key=lambda item: item.name.count(".")):
        if f"{item.kind}:{item.name}" in accepted or _has_counterpart(item, ours):
            continue
        owner = item.name.partition(".")[0]
        if item.kind == "name" and owner in lost_classes:
            continue
        if item.kind == "name" and owner[:1].isupper() and "." not in item.name:
            lost_classes.add(owner)
        context.report_line(
            _RULE_OF[item.kind],
            f"baseline:{item.path}",
            item.line,
            f"{_WORD_OF[item.kind]} {item.name} has no counterpart",
        )
    _still_synchronous(context, summaries, older)


def _plain(name: str) -> str:
    word = snake(name.rpartition(".")[2]).strip("_")
    return re.sub(r"^async_|_async$|^a(?=(close|get|set|execute)$)", "", word)


def _has_counterpart(item: Item, ours: Inventory) -> bool:
    if item.kind == "setting":
        leaf = snake(item.name.rpartition(".")[2])
        return any(snake(other.name.rpartition(".")[2]) == leaf for other in ours.of("setting"))
    if item.kind in {"name", "job"}:
        names = {_plain(other.name) for kind in ("name", "job") for other in ours.of(kind)}
        return _plain(item.name) in names
    return any(other.name == item.name for other in ours.of(item.kind))


def _still_synchronous(
    context: Context,
    summaries: dict[Function, Summary],
    older: tuple[Context, dict[Function, Summary]],
) -> None:
    """V06: a path that was critical in the old tree and still blocks in the new one."""
    old_context, old_summaries = older
    critical = {
        (function.owner.name if function.owner else "", _plain(function.name))
        for function in old_context.functions()
        if not function.is_body
        and not function.is_async
        and (_CRITICAL.search(function.name) or old_summaries[function].order is not None)
    }
    for function in context.functions():
        key = (function.owner.name if function.owner else "", _plain(function.name))
        if function.is_async or function.is_body or key not in critical:
            continue
        if key == ("", "main"):
            continue  # Every program has one, and it starts the loop.
        if any(_plain(f.name) == key[1] and f.is_async for f in _siblings(function)):
            continue
        if _has_async_twin(context, function, key[1]):
            continue
        summary = summaries[function]
        chain = summary.blocks[1] if summary.blocks else summary.order or ()
        if not chain and not _CRITICAL.search(function.name):
            continue
        end = chain[-1] if chain else None
        what = end.text if end else "its whole body"
        place = Location(path=function.module.path, line=getattr(function.node, "lineno", 1))
        steps = tuple(
            Location(path=s.function.module.path, line=s.node.lineno, note=s.external or s.name)
            for s in chain
        )
        context.report_line(
            "V06",
            place.path,
            place.line or 1,
            f"{function.name} is critical and synchronous; it ends in {what}",
            chain=steps,
        )


def _has_async_twin(context: Context, function: Function, name: str) -> bool:
    """`AsyncClient.create_order` stands beside `Client.create_order`."""
    owner = function.owner.name if function.owner is not None else ""
    return any(
        other.is_async
        and other.owner is not None
        and re.sub(r"Async|Aio", "", other.owner.name) == owner
        and _plain(other.name) == name
        for other in context.program.methods.get(function.name, ())
    )


def _siblings(function: Function) -> Iterable[Function]:
    if function.owner is not None:
        return function.owner.methods.values()
    return [f for f in function.module.functions if f.owner is None]
