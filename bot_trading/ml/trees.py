"""LightGBM's text model as flat arrays, and a compiled walk through them.

The walk decides and adds exactly as LightGBM does (same order, same doubles), so it gives the same
raw score to the last bit; it needs no LightGBM at run time and no call across a C boundary.
Source of the format: LightGBM's `src/io/tree.cpp` (`Tree::ToString`, `Tree::NumericalDecision`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from bot_trading.ml.arrays import Floats
from bot_trading.ml.compiled import compiled
from bot_trading.ml.refusals import ArtifactRefused

__all__ = ["Forest", "calibrated_scores", "join", "parse_forest", "raw_scores"]

_INT = npt.NDArray[np.int32]
_ZERO = 1e-35
_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_MISSING_ZERO, _MISSING_NAN = 1, 2
_MARGIN = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """All trees behind one another. A child below zero is the leaf `~child` of its tree.

    `root[t]` is the first node of tree t, -1 for a tree of one leaf; `leaf_at[t]` its first leaf;
    `side[t]` the column of scores that it adds to. `is_plain` says that no split treats zero as
    missing, so that a row without NaN needs comparisons only.
    """

    feature_count: int
    feature_names: tuple[str, ...]
    root: _INT
    leaf_at: _INT
    feature: _INT
    threshold: Floats
    decision: _INT
    left: _INT
    right: _INT
    leaf_value: Floats
    side: _INT
    sides: int
    is_plain: bool

    @property
    def tree_count(self) -> int:
        """How many trees are added up."""
        return len(self.root)


def parse_forest(text: str) -> Forest:
    """Read a binary LightGBM model; raises `ArtifactRefused` for anything else or a torn file."""
    head, *blocks = text.split("\nTree=")
    header = _fields(head)
    if not head.startswith("tree") or not blocks or "end of trees" not in blocks[-1]:
        raise ArtifactRefused(
            "the model file is no whole LightGBM text model (expected 'tree' to 'end of trees'); "
            "train again or roll back"
        )
    if not header.get("objective", "").startswith("binary") or "average_output" in head:
        raise ArtifactRefused(
            f"the model's objective is {header.get('objective', 'missing')!r}; expected 'binary'"
        )
    try:
        return _joined(header, [_fields(block) for block in blocks])
    except (KeyError, ValueError, IndexError) as error:
        raise ArtifactRefused(f"a tree of the model file cannot be read ({error!r})") from error


def join(forests: Sequence[Forest]) -> Forest:
    """Several forests as one with a column of scores each, in this order."""
    nodes, leaves, roots, leaf_ats, sides = 0, 0, [], [], []
    for at, forest in enumerate(forests):
        roots.append(np.where(forest.root >= 0, forest.root + nodes, -1))
        leaf_ats.append(forest.leaf_at + leaves)
        sides.append(np.full(forest.tree_count, at, dtype=np.int32))
        nodes, leaves = nodes + len(forest.feature), leaves + len(forest.leaf_value)
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(forest, name) for forest in forests])
        for name in ("feature", "threshold", "decision", "left", "right", "leaf_value")
    }
    return replace(
        forests[0],
        side=np.concatenate(sides),
        sides=len(forests),
        root=np.concatenate(roots).astype(np.int32),
        leaf_at=np.concatenate(leaf_ats).astype(np.int32),
        is_plain=all(forest.is_plain for forest in forests),
        **arrays,
    )


def raw_scores(forest: Forest, rows: Floats) -> Floats:
    """Raw scores (n, sides), log-odds before calibration; `rows` is (n, features) float64."""
    return _walk(
        rows,
        forest.side,
        forest.sides,
        forest.root,
        forest.leaf_at,
        forest.feature,
        forest.threshold,
        forest.decision,
        forest.left,
        forest.right,
        forest.leaf_value,
        forest.is_plain,
    )


def calibrated_scores(forest: Forest, slope: Floats, offset: Floats, rows: Floats) -> Floats:
    """Probabilities (n, sides): the sigmoid of slope * raw + offset, strictly between 0 and 1."""
    scores = raw_scores(forest, rows)
    _calibrate(scores, slope, offset, _MARGIN)
    return scores


def _fields(block: str) -> dict[str, str]:
    lines = block.split("\nend of trees")[0].splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _joined(header: dict[str, str], trees: list[dict[str, str]]) -> Forest:
    parts: dict[str, list[npt.NDArray[np.generic]]] = {}
    root, leaf_at, nodes, leaves = [], [], 0, 0
    for tree in trees:
        leaf_count, splits = int(tree["num_leaves"]), int(tree["num_leaves"]) - 1
        root.append(nodes if splits else -1)
        leaf_at.append(leaves)
        parts.setdefault("leaf_value", []).append(_numbers(tree, "leaf_value", leaf_count, float))
        for name in ("split_feature", "decision_type", "left_child", "right_child"):
            parts.setdefault(name, []).append(_numbers(tree, name, splits, int))
        _check_children(parts["left_child"][-1], parts["right_child"][-1], leaf_count)
        parts.setdefault("threshold", []).append(_numbers(tree, "threshold", splits, float))
        nodes, leaves = nodes + splits, leaves + leaf_count
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    feature_count = int(header["max_feature_idx"]) + 1
    missing = (joined["decision_type"].astype(np.int64) >> _MISSING_SHIFT) & 3
    _check_nodes(joined, feature_count)
    return Forest(
        feature_count=feature_count,
        feature_names=tuple(header["feature_names"].split()),
        root=np.array(root, dtype=np.int32),
        leaf_at=np.array(leaf_at, dtype=np.int32),
        feature=joined["split_feature"].astype(np.int32),
        threshold=joined["threshold"].astype(np.float64),
        decision=joined["decision_type"].astype(np.int32),
        left=joined["left_child"].astype(np.int32),
        right=joined["right_child"].astype(np.int32),
        leaf_value=joined["leaf_value"].astype(np.float64),
        side=np.zeros(len(root), dtype=np.int32),
        sides=1,
        is_plain=not (missing == _MISSING_ZERO).any(),
    )


def _numbers(
    tree: dict[str, str], name: str, count: int, kind: type[int] | type[float]
) -> npt.NDArray[np.generic]:
    words = tree[name].split() if count or name == "leaf_value" else []
    if len(words) != count:
        raise ValueError(f"{name} has {len(words)} of {count} values")
    return np.array([kind(word) for word in words], dtype=np.float64 if kind is float else np.int64)


def _check_children(
    left: npt.NDArray[np.generic], right: npt.NDArray[np.generic], leaf_count: int
) -> None:
    """Each node and leaf but the root is the child of one node, which stands before it."""
    splits = leaf_count - 1
    children = np.concatenate([left, right]).astype(np.int64)
    parents = np.tile(np.arange(splits), 2)
    expected = np.r_[np.arange(1, splits), ~np.arange(leaf_count)] if splits else children
    if not np.array_equal(np.sort(children), np.sort(expected)):
        raise ValueError("a child lies beyond its tree")
    if (parents[children >= 0] >= children[children >= 0]).any():
        raise ValueError("a tree runs in a circle")


def _check_nodes(joined: dict[str, npt.NDArray[np.generic]], feature_count: int) -> None:
    feature, decision = joined["split_feature"], joined["decision_type"].astype(np.int64)
    if len(feature) and not (feature.min() >= 0 and feature.max() < feature_count):
        raise ValueError("a split asks for a feature that the model does not have")
    if (decision & _CATEGORICAL).any():
        raise ValueError("categorical splits are not served")


@numba.njit(inline="always")
def _goes_left(value: float, threshold: float, decision: int) -> bool:
    missing = (decision >> _MISSING_SHIFT) & 3
    if np.isnan(value):
        if missing == _MISSING_NAN:
            return (decision & _DEFAULT_LEFT) != 0
        value = 0.0
    if missing == _MISSING_ZERO and -_ZERO <= value <= _ZERO:
        return (decision & _DEFAULT_LEFT) != 0
    return bool(value <= threshold)


@numba.njit(inline="always")
def _has_nan(row: Floats) -> bool:
    total = 0.0
    for value in row:
        total += value * 0.0
    return bool(np.isnan(total))


@compiled
def _walk(
    rows: Floats,
    side: _INT,
    sides: int,
    root: _INT,
    leaf_at: _INT,
    feature: _INT,
    threshold: Floats,
    decision: _INT,
    left: _INT,
    right: _INT,
    leaf_value: Floats,
    is_plain: bool,
) -> Floats:
    """Raw scores (n, sides); tree by tree, so that a tree stays in the cache for all rows."""
    scores = np.zeros((rows.shape[0], sides))
    simple = np.empty(rows.shape[0], dtype=np.bool_)
    for row in range(rows.shape[0]):
        simple[row] = is_plain and not _has_nan(rows[row])
    for tree in range(len(root)):
        first, column = root[tree], side[tree]
        for row in range(rows.shape[0]):
            node = 0 if first >= 0 else -1
            if simple[row]:
                while node >= 0:
                    at = first + node
                    is_left = rows[row, feature[at]] <= threshold[at]
                    node = left[at] if is_left else right[at]
            else:
                while node >= 0:
                    at = first + node
                    is_left = _goes_left(rows[row, feature[at]], threshold[at], decision[at])
                    node = left[at] if is_left else right[at]
            scores[row, column] += leaf_value[leaf_at[tree] + ~node]
    return scores


@compiled
def _calibrate(scores: Floats, slope: Floats, offset: Floats, margin: float) -> None:
    for row in range(scores.shape[0]):
        for column in range(scores.shape[1]):
            odds = slope[column] * scores[row, column] + offset[column]
            chance = 1.0 / (1.0 + np.exp(-min(max(odds, -30.0), 30.0)))
            scores[row, column] = min(max(chance, margin), 1.0 - margin)
