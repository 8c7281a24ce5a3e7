"""Where a condition holds, by a shallow tree: beside the boxes, which bound fewer addresses."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SMALLEST = 0.05
"""Share of all points that a box or a leaf holds at least."""
TREE_DEPTH = 3


class Leaf(NamedTuple):
    """A leaf of a tree: its rules, how many points it holds, and of which share it holds."""

    rules: tuple[str, ...]
    points: int
    share: float


def leaves_of(columns: dict[str, Floats], holds: Flags) -> tuple[Leaf, ...]:
    """Return the leaves of a shallow tree, the densest first; none without scikit-learn."""
    try:
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        return ()
    names = list(columns)
    x = np.stack([columns[name] for name in names], axis=1)
    tree = DecisionTreeClassifier(
        max_depth=TREE_DEPTH, min_samples_leaf=max(5, int(SMALLEST * len(holds))), random_state=0
    )
    nodes = tree.fit(x, holds).tree_
    leaves: list[Leaf] = []

    def walk(node: int, rules: tuple[str, ...]) -> None:
        if nodes.children_left[node] == nodes.children_right[node]:
            inside = tree.apply(x) == node
            leaves.append(Leaf(rules, int(inside.sum()), float(holds[inside].mean())))
            return
        name, value = names[nodes.feature[node]], nodes.threshold[node]
        walk(nodes.children_left[node], (*rules, f"{name} at most {value:.3g}"))
        walk(nodes.children_right[node], (*rules, f"{name} above {value:.3g}"))

    walk(0, ())
    return tuple(sorted(leaves, key=lambda leaf: -leaf.share))
