"""Types that Jedi, the engine of a Python language server, infers: an optional layer of precision.

Asked only about calls that the light resolution leaves open, since an answer takes milliseconds.
Jedi reads source and stubs; it neither imports nor runs the tree, nor compiled modules beyond it.
https://jedi.readthedocs.io/en/latest/docs/features.html
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

from readiness.codelint.program import Class, Function, Module, Program
from readiness.codelint.refs import Ref, RefKind
from readiness.codelint.syntax import last_name

__all__ = ["InferredTypes", "TypesUnavailableError"]

# Methods of plain values reach nothing of interest, unless the tree has one of that name; a thread
# is joined and a queue is read by such names too.
_PLAIN = frozenset(name for kind in (str, bytes, list, dict, set, float) for name in dir(kind))
_WAITING = {"get", "join"}


class TypesUnavailableError(ValueError):
    """The layer was asked for and Jedi is not installed."""


class InferredTypes:
    """What calls of one tree reach, as Jedi infers it; `answered` counts those that it knew."""

    def __init__(self, root: Path, program: Program) -> None:
        """Prepare for the tree at `root`. Raises TypesUnavailableError without Jedi."""
        try:
            import jedi  # type: ignore[import-untyped]
        except ImportError as error:
            said = "--types needs Jedi, which is not installed: pip install jedi"
            raise TypesUnavailableError(said) from error
        # What callers pass is followed by `parameters`; Jedi would search every file for it.
        jedi.settings.dynamic_params = False
        self._script = jedi.Script
        # What strange source makes Jedi stumble over, besides what it says itself.
        self._stumbles = (
            *(jedi.InternalError, jedi.RefactoringError),
            *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
        )
        folder = root if root.is_dir() else root.parent
        self._folder = folder.resolve()
        self._project = jedi.Project(self._folder, load_unsafe_extensions=False)
        # Never an interpreter that lies in the tree: nothing of it is run.
        self._environment = jedi.create_environment(sys.executable, safe=False)
        self._plain = _PLAIN - _WAITING - program.methods.keys()
        self._scripts: dict[Module, Any] = {}
        self._functions = {
            (each.module.path, each.node.lineno): each
            for each in program.functions()
            if isinstance(each.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        self._classes = {(each.module.path, each.node.lineno): each for each in program.classes()}
        self.answered = 0

    def called(self, node: ast.Call, function: Function) -> Ref | None:
        """What the call reaches, None where Jedi does not know or knows several answers."""
        func = node.func
        if not isinstance(func, (ast.Name, ast.Attribute)):
            return None
        is_literal = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Constant)
        if is_literal or last_name(func) in self._plain:
            return None
        found = {self._reference(name) for name in self._definitions(func, function.module)}
        if len(found) != 1:
            return None
        [ref] = found
        self.answered += ref is not None
        return ref

    def _definitions(self, func: ast.Name | ast.Attribute, module: Module) -> list[Any]:
        """Where the called name is defined, imports followed."""
        script = self._scripts.get(module)
        if script is None:
            path = self._folder / module.path
            script = self._scripts[module] = self._script(
                code=module.text,
                path=path,
                project=self._project,
                environment=self._environment,
            )
        line, end = func.end_lineno or func.lineno, func.end_col_offset or 0
        text = module.text.splitlines()[line - 1]
        column = len(text.encode()[:end].decode()) - 1
        try:
            return list(script.infer(line, column))
        except self._stumbles:
            return []

    def _reference(self, name: Any) -> Ref | None:
        """Jedi's definition in our words."""
        path = name.module_path
        if path is not None and Path(path).is_relative_to(self._folder):
            place = (Path(path).relative_to(self._folder).as_posix(), name.line)
            return self._inside(place, name.type)
        return self._outside(name)

    def _inside(self, place: tuple[str, int | None], kind: str) -> Ref | None:
        path, line = place
        if line is None:
            return None
        function = self._functions.get((path, line))
        if function is not None and kind == "function":
            return Ref(RefKind.FUNCTION, function.qualname, function=function)
        found: Class | None = self._classes.get((path, line))
        if found is None:
            return None
        if kind == "class":
            return Ref(RefKind.CLASS, found.qualname, found=found)
        return Ref.instance(found) if kind == "instance" else None

    def _outside(self, name: Any) -> Ref | None:
        """Code beyond the tree, by package, class and method, as its users spell it."""
        full = name.full_name
        if not full or name.type not in {"function", "class"}:
            return None
        parts = full.split(".")
        depth = 2 if name.type == "function" and parts[-2][:1].isupper() else 1
        inner = parts[-depth:]
        is_public = parts[0] in sys.stdlib_module_names or len(parts) <= depth + 1
        spelled = parts if is_public else [parts[0], *inner]
        return Ref(RefKind.OUTSIDE, ".".join(spelled))
