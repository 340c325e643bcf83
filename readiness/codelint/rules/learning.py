"""M01 to M07: features that know too much, and splits that leak."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import (
    argument,
    constant,
    dotted,
    is_constant,
    last_name,
    leaf_text,
    snake,
)

__all__ = ["check"]

_LABEL = re.compile(r"label|target|(^|_)y(_|$)|future|outcome|barrier|horizon_return")
_CENTRED = frozenset(
    {"savgol_filter", "filtfilt", "sosfiltfilt", "gaussian_filter1d", "uniform_filter1d", "medfilt"}
    | {"argrelextrema", "hilbert", "seasonal_decompose", "hpfilter", "detrend", "lowess"}
)
_SCALERS = re.compile(
    r"(^|[._])(\w*scaler|\w*encoder|pca|imputer|normali[sz]er|\w*selector|"
    r"transformer|discretizer)$"
)
_SCALER_TYPES = (
    "sklearn.preprocessing.",
    "sklearn.decomposition.",
    "sklearn.impute.",
    "sklearn.feature_selection.",
)
_TRAIN = re.compile(r"train|fold|fit_|history|past|window|in_sample")
_SPLITS = frozenset({"train_test_split", "TimeSeriesSplit", "KFold", "split_data", "random_split"})
_FEATURES = re.compile(r"feature|column|indicator|^names?$|^cols$|input")
_PICKLES = frozenset(
    {"pickle.load", "pickle.loads", "joblib.load", "cloudpickle.load", "cloudpickle.loads"}
    | {"dill.load", "dill.loads", "pandas.read_pickle", "pickle.Unpickler", "_pickle.load"}
)
_NUMERIC = re.compile(
    r"(import|from) (numpy|pandas|polars|sklearn|torch|lightgbm|xgboost|catboost)"
)


def check(context: Context) -> None:
    """Report look-ahead, leaking splits, unordered features, inventions, pickles."""
    for function in context.functions():
        for site in function.calls:
            _look_ahead(context, site)
            _centred(context, site)
            _fitted_on_all(context, site)
            _random_split(context, site)
            _unordered(context, site)
            _invented(context, site)
            _pickled(context, site)


def _called(function: Function, node: ast.AST) -> str:
    """What the value becomes: its assignment's name, else the function's."""
    statement = function.module.statement(node)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return snake(leaf_text(target))
    return ""


def _is_negative(node: ast.AST | None) -> bool:
    value = constant(node)
    if isinstance(value, (int, float)):
        return value < 0
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _look_ahead(context: Context, site: CallSite) -> None:
    function = site.function
    if site.name in {"shift", "pct_change", "diff"}:
        steps = argument(site.node, "periods", "n", position=0)
    elif site.name == "roll" and site.external.startswith(("numpy", "torch")):
        steps = argument(site.node, "shift", "shifts", position=1)
    else:
        return
    if not _is_negative(steps) or isinstance(site.node.func, ast.Name):
        return
    if _LABEL.search(snake(function.name)) or _LABEL.search(_called(function, site.node)):
        return
    context.report(
        "M01", function.module, site.node, f"{ast.unparse(site.node)[:60]} reads later rows"
    )


def _centred(context: Context, site: CallSite) -> None:
    if re.search(r"plot|chart|draw|smooth_for_display", snake(site.function.name)):
        return
    centre = None
    if site.name == "rolling":
        centre = argument(site.node, "center", position=2)
    elif site.name == "convolve":
        mode = argument(site.node, "mode", position=2)
        if is_constant(mode, "same", "full"):
            centre = ast.Constant(value=True)
    elif site.name in _CENTRED and (
        site.external.startswith(("scipy", "statsmodels")) or site.external == ""
    ):
        centre = ast.Constant(value=True)
    if is_constant(centre, True):
        context.report(
            "M02",
            site.function.module,
            site.node,
            f"the window of {site.name} lies half in the future",
        )


def _fitted_on_all(context: Context, site: CallSite) -> None:
    if site.name not in {"fit", "fit_transform"} or not site.node.args:
        return
    func = site.node.func
    if not isinstance(func, ast.Attribute):
        return
    kind = context.outside(func.value, site.function)
    if not kind.startswith(_SCALER_TYPES) and not _SCALERS.search(snake(site.receiver)):
        return
    data = site.node.args[0]
    spelled = snake(ast.unparse(data))
    if (
        _TRAIN.search(spelled)
        or _is_slice(data)
        or (_TRAIN.search(snake(site.function.name)) and (not _splits(site.function)))
    ):
        return
    if isinstance(data, ast.Name) and _bound_to_part(site.function, data.id):
        return
    if _splits(site.function) or _module_splits(site.function):
        context.report(
            "M03",
            site.function.module,
            site.node,
            f"{site.receiver} is fitted on {ast.unparse(data)} before it is split",
        )


def _is_slice(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Slice) for inner in ast.walk(node))


def _bound_to_part(function: Function, name: str) -> bool:
    return any(
        binding.expression is not None
        and (_is_slice(binding.expression) or _TRAIN.search(snake(ast.unparse(binding.expression))))
        for binding in function.bindings.get(name, [])
    )


def _splits(function: Function) -> bool:
    if any(site.name in _SPLITS for site in function.calls):
        return True
    cuts = [
        node
        for node in function.nodes
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
    ]
    lower = {
        ast.unparse(n.slice.lower)
        for n in cuts
        if isinstance(n.slice, ast.Slice) and n.slice.lower is not None
    }
    upper = {
        ast.unparse(n.slice.upper)
        for n in cuts
        if isinstance(n.slice, ast.Slice) and n.slice.upper is not None
    }
    return bool(lower & upper)


def _module_splits(function: Function) -> bool:
    return any(
        site.name in {"train_test_split", "TimeSeriesSplit"}
        for other in function.module.functions
        for site in other.calls
    )


def _random_split(context: Context, site: CallSite) -> None:
    name = site.name
    shuffle = argument(site.node, "shuffle")
    if name == "train_test_split":
        guilty = not is_constant(shuffle, False)
    elif name in {"KFold", "StratifiedKFold"}:
        guilty = is_constant(shuffle, True)
    elif name in {"ShuffleSplit", "StratifiedShuffleSplit", "random_split", "RepeatedKFold"}:
        guilty = True
    elif name == "sample":
        guilty = is_constant(argument(site.node, "frac"), 1, 1.0)
    elif name in {"permutation", "shuffle"} and site.external.startswith(("numpy", "sklearn")):
        guilty = bool(re.search(r"split|train|fold|dataset", snake(site.function.name)))
    else:
        return
    if guilty:
        context.report("M04", site.function.module, site.node, f"{name} mixes past and future")


def _is_set(node: ast.AST | None, function: Function, depth: int = 0) -> bool:
    if depth > 3 or node is None:
        return False
    if isinstance(node, (ast.Set, ast.SetComp)):
        return True
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.BitAnd, ast.BitOr)):
        return _is_set(node.left, function, depth + 1) or _is_set(node.right, function, depth + 1)
    if isinstance(node, ast.Name):
        return any(
            _is_set(binding.expression, function, depth + 1)
            for binding in function.bindings.get(node.id, [])
            if binding.kind.name == "VALUE"
        )
    return False


def _unordered(context: Context, site: CallSite) -> None:
    function, name = site.function, site.name
    if not site.node.args or name not in {"list", "tuple", "array", "asarray", "DataFrame"}:
        return
    if not _NUMERIC.search(function.module.text):
        return
    value = site.node.args[0]
    if name in {"list", "tuple"} and _is_set(value, function):
        words = f"{snake(function.name)} {_called(function, site.node)} {snake(dotted(value))}"
        parent = function.module.parents.get(site.node)
        if any(_FEATURES.search(w) for w in words.split()) or isinstance(parent, ast.Subscript):
            context.report(
                "M05", function.module, site.node, "the columns come in the order of a hash"
            )
    elif isinstance(value, ast.Call) and last_name(value.func) == "values" and not value.args:
        holder = snake(dotted(value.func).removesuffix(".values"))
        parent = function.module.parents.get(site.node)
        outer = parent.func if isinstance(parent, ast.Call) else None
        feeds = last_name(outer) in {"array", "asarray", "DataFrame"} or name != "list"
        if isinstance(parent, ast.List):
            feeds = True
        if re.search(r"feature|indicator|inputs?$", holder) and feeds:
            context.report(
                "M05",
                function.module,
                site.node,
                f"the order of {holder} is whatever its producer made it",
            )


def _invented(context: Context, site: CallSite) -> None:
    name, node = site.name, site.node
    guilty = False
    if name == "fillna":
        value = argument(node, "value", position=0)
        method = argument(node, "method")
        number = constant(value)
        guilty = isinstance(number, (int, float)) and not isinstance(number, bool)
        guilty |= is_constant(method, "bfill", "backfill")
        if isinstance(value, ast.Call) and last_name(value.func) in {"mean", "median"}:
            guilty = True
    elif name in {"bfill", "backfill"} and isinstance(node.func, ast.Attribute):
        guilty = not node.args and site.target is None
    elif name == "nan_to_num":
        guilty = True
    elif name == "interpolate" and isinstance(node.func, ast.Attribute):
        guilty = not is_constant(argument(node, "limit_direction"), "forward") and not node.args
    elif name == "SimpleImputer":
        guilty = is_constant(argument(node, "strategy"), "constant", "mean", "median")
    elif name == "replace" and node.args and dotted(node.args[0]).endswith((".nan", ".NaN")):
        guilty = len(node.args) > 1 and isinstance(constant(node.args[1]), (int, float))
    if guilty:
        context.report(
            "M06", site.function.module, node, f"{ast.unparse(node)[:60]} invents values"
        )


def _pickled(context: Context, site: CallSite) -> None:
    guilty = site.external in _PICKLES
    if site.external == "torch.load":
        guilty = not is_constant(argument(site.node, "weights_only"), True)
    elif site.external == "numpy.load":
        guilty = is_constant(argument(site.node, "allow_pickle"), True)
    if guilty:
        context.report(
            "M07", site.function.module, site.node, f"{site.external} runs what its input says"
        )
