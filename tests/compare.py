"""Comparison of records to the last bit, padding between fields left aside."""

import numpy as np


def differing(ours, theirs):
    """Return the names of the fields that differ in any bit (or "all" for plain arrays)."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return ["shape or type"]
    if ours.dtype.names is None:
        same = np.ascontiguousarray(ours).tobytes() == np.ascontiguousarray(theirs).tobytes()
        return [] if same else ["all"]
    return [name for name in ours.dtype.names if differing(ours[name], theirs[name])]


def same_bits(ours, theirs):
    """Return whether two arrays agree in every bit of every field."""
    return not differing(ours, theirs)
