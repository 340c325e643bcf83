"""D05 to D16, D35, D36, D44: calls that stop the event loop, directly or through helpers."""

from __future__ import annotations

import ast
import re

from readiness.check import Severity
from readiness.codelint.context import Context, Step
from readiness.codelint.program import CallSite, Function, Reach
from readiness.codelint.refs import RefKind
from readiness.codelint.summaries import Chain, Summary, direct_block, loop_start, reached
from readiness.codelint.syntax import last_name, snake

__all__ = ["check"]

_DATABASE = frozenset({"D09", "D10", "D14"})
# Short local work: a stall, but one that is measured in microseconds to milliseconds.
_LOCAL = frozenset({"D11", "D12", "D44", "D16"})
_FILES = frozenset({"D11", "D12"})
_EVENT = re.compile(
    r"(^|_)(event|message|msg|tick|quote|trade|fill|candle|signal|command|frame|execution)$"
)
_NEURAL = ("torch.nn.", "keras.", "tensorflow.keras.")


def check(context: Context, summaries: dict[Function, Summary]) -> None:
    """Report blocking calls made by coroutines, with the chain that leads to the primitive."""
    for function in context.functions():
        if function.is_async:
            for site in function.calls:
                _direct(context, site)
                _through(context, site, summaries)
            for reach in function.reaches:
                _reached_unnamed(context, reach, summaries)


def _direct(context: Context, site: CallSite) -> None:
    module = site.function.module
    rule = direct_block(site)
    if not rule and _is_network_forward(context, site):
        rule = "D16"
    if rule == "D11" and _is_in_memory(site):
        rule = ""
    if rule == "D06" and _is_non_blocking(site):
        rule = ""
    if rule and not _is_handed_on(site) and not _is_second_half(rule, site):
        what = site.external or ast.unparse(site.node.func)
        context.report(
            rule,
            module,
            site.node,
            f"{what} stops the event loop of {site.function.name}",
            chain=[(module, site.node, what)],
            severity=Severity.HIGH if rule in _FILES and _is_per_event(site) else None,
        )
    loop_rule = loop_start(site)
    if loop_rule and not _runs_elsewhere(site):
        context.report(
            loop_rule,
            module,
            site.node,
            f"{ast.unparse(site.node.func)} is called while a loop runs",
        )


def _is_per_event(site: CallSite) -> bool:
    """The file is opened anew for each message, order or command that the coroutine is handed."""
    handed = {snake(parameter.arg) for parameter in site.function.parameters()}
    if any(_EVENT.search(name) for name in handed):
        return True
    ancestors = site.function.module.ancestors(site.node)
    return any(isinstance(ancestor, ast.AsyncFor) for ancestor in ancestors)


def _is_network_forward(context: Context, site: CallSite) -> bool:
    """Calling a neural network object runs its forward pass."""
    if site.is_awaited or site.target is not None:
        return False
    ref = context.resolver.expression(site.node.func, site.function)
    return (
        ref is not None
        and ref.kind is RefKind.OUTSIDE_INSTANCE
        and ref.name.startswith(_NEURAL)
        and ref.name.rpartition(".")[2][:1].isupper()
    )


def _is_in_memory(site: CallSite) -> bool:
    """Reads or writes a buffer: `read_csv(StringIO(text))`."""
    for value in site.node.args[:1]:
        made = [value]
        if isinstance(value, ast.Name):
            made = [b.expression for b in site.function.bindings.get(value.id, []) if b.expression]
        for inner in made:
            if isinstance(inner, ast.Call) and last_name(inner.func) in {"StringIO", "BytesIO"}:
                return True
    return False


def _is_non_blocking(site: CallSite) -> bool:
    """A raw socket of a module that handles BlockingIOError is in non-blocking mode."""
    text = site.function.module.text
    return site.external.startswith("socket.") and (
        "BlockingIOError" in text or "setblocking(False)" in text
    )


def _is_second_half(rule: str, site: CallSite) -> bool:
    """`cursor.fetchone()` after an `execute` on the same cursor, which is reported already."""
    return (
        rule in _DATABASE
        and site.name.startswith("fetch")
        and any(
            other.receiver == site.receiver
            and other.name.startswith("execute")
            and other.node.lineno < site.node.lineno
            for other in site.function.calls
        )
    )


def _runs_elsewhere(site: CallSite) -> bool:
    return any(isinstance(node, ast.Lambda) for node in site.function.module.ancestors(site.node))


def _is_handed_on(site: CallSite) -> bool:
    parent = site.function.module.parents.get(site.node)
    return isinstance(parent, ast.Await)


def _through(context: Context, site: CallSite, summaries: dict[Function, Summary]) -> None:
    target = site.target
    if target is None:
        return
    if target.is_async:
        enters = summaries[target].enters
        if enters is not None:
            _report_chain(context, site, target, enters)
        return
    if site.is_awaited:
        return
    for candidate in reached(site):
        summary = summaries[candidate]
        if summary.loop is not None:
            rule, chain = summary.loop
            context.report(
                rule,
                site.function.module,
                site.node,
                f"{target.name} starts an event loop while one runs",
                chain=_steps(site, chain),
            )
        if summary.blocks is not None and not candidate.is_async:
            _report_chain(context, site, candidate, summary.blocks)
            return


def _reached_unnamed(context: Context, reach: Reach, summaries: dict[Function, Summary]) -> None:
    """A property, a context, an item or a callback that stops the loop."""
    blocks = summaries[reach.target].blocks
    if blocks is None or reach.target.is_async or reach.node in reach.function.decorators:
        return
    _report_chain(context, reach, reach.target, blocks)


def _report_chain(
    context: Context, site: CallSite | Reach, target: Function, blocks: tuple[str, Chain]
) -> None:
    primitive, chain = blocks
    if primitive in _DATABASE and _is_behind_attribute(site):
        rule = "D10"
    else:
        rule = "D07" if len(chain) == 1 else "D08"
    what = chain[-1].text
    path = " -> ".join([site.function.name, target.name, *(s.name for s in chain[:-1]), what])
    context.report(
        rule,
        site.function.module,
        site.node,
        f"the event loop stops: {path}",
        chain=_steps(site, chain),
        severity=Severity.MEDIUM if primitive in _LOCAL else None,
    )


def _is_behind_attribute(site: CallSite | Reach) -> bool:
    if isinstance(site, Reach):
        return isinstance(site.node, (ast.Attribute, ast.Subscript))
    func = site.node.func
    owner = site.function.owner
    if isinstance(func, ast.Attribute) and owner is not None and site.receiver == "self":
        return owner.method(func.attr) is None  # A function that is kept in an attribute.
    return (
        isinstance(func, ast.Attribute)
        and site.receiver not in {"self", "cls", ""}
        and site.constructs is None
    )


def _steps(site: CallSite | Reach, chain: Chain) -> list[Step]:
    return [(step.function.module, step.node, step.text) for step in (site, *chain)]
