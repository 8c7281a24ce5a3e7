"""Two worlds beside each other: what the difference did, replicate by replicate where it can be.

The same replicate of both scenarios shares every draw (common random numbers), so a paired
difference is free of most of the noise that two independent samples would carry. Replicates
pair by seed and number; where none do, the two are told for what they are, independent.
"""

import warnings
from collections.abc import Callable
from numbers import Number
from typing import overload

import numpy as np

from redline.argument.comparison.beside import RATES, Comparison, Comparisons
from redline.argument.comparison.differences import (
    class_difference,
    mean_difference,
    ratio_difference,
)
from redline.argument.comparison.parting import (
    COUNTED,
    check_size,
    explained,
    measured,
    most_telling,
)
from redline.argument.comparison.sides import (
    Given,
    Opened,
    both_sides,
    common_replicates,
    notes_on,
    opened,
)
from redline.engine import rules_hash
from redline.results import OUTCOMES, wilson
from redline.theory import Outcome

Notice = Callable[[str], None] | None


@overload
def compare(
    first: Given,
    second: Given,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    notice: Notice = None,
) -> Comparison: ...
@overload
def compare(
    first: Given,
    second: Given,
    third: Given,
    /,
    *others: Given,
    replicates: int | None = None,
    seed: int | None = None,
    notice: Notice = None,
) -> Comparisons: ...
def compare(
    first: Given,
    second: Given,
    *others: Given,
    replicates: int | None = None,
    seed: int | None = None,
    notice: Notice = None,
) -> Comparison | Comparisons:
    """Compare two worlds over the same replicates; or several, each with the first.

    Parameters
    ----------
    first, second, others
        Scenarios (built-in names, paths of files, `Scenario`), which are simulated now; or
        results: folders of runs, `StoredRun`, points of sweeps (``sweep.at(3)``), `Results`.
        A scenario beside results is simulated under their seed, for as many replicates.
    replicates, seed
        For scenarios simulated now; 1,000 and 1 by default.
    notice
        Called with what it takes in time and memory, where that is much.

    Returns
    -------
    Comparison
        Of two worlds.
    Comparisons
        Of more.

    Raises
    ------
    InputError
        For a scenario or results that cannot be read, or numbers out of range; for
        replicates or a seed where results have their own; for more replicates than memory
        holds.

    Notes
    -----
    Replicates pair where seed and number are the same. Where none do, the worlds are
    independent samples, and intervals those of two such. Rules that differ under one seed
    leave pairs whose chance is shared in part: their intervals hold whatever it is.

    Examples
    --------
    >>> import redline
    >>> afraid = redline.scenario("standoff_2019_2021")
    >>> bold = afraid.vary({"united_states.commitment": 0})
    >>> compared = compare(afraid, bold, replicates=200)
    >>> compared.differences["weeks_lived"].difference <= 0
    True
    """
    if others and _is_number(others[0]):
        # Replicates and seed were the third and the fourth argument in 0.1.0.
        warnings.warn(
            "compare(first, second, replicates, seed): name replicates= and seed=; "
            "what stands third is a third world after 0.2",
            DeprecationWarning,
            stacklevel=2,
        )
        replicates, seed = (*others, seed)[:2]  # type: ignore[assignment]
        others = ()
    base = opened(first)
    found = [_compared(base, opened(one), replicates, seed, notice) for one in (second, *others)]
    return Comparisons(tuple(found)) if others else found[0]


def _is_number(given: object) -> bool:
    """Return whether an argument is what 0.1.0 took third: a number of replicates, or None."""
    return given is None or isinstance(given, Number | np.generic)


def _compared(
    first: Opened, second: Opened, replicates: int | None, seed: int | None, notice: Notice
) -> Comparison:
    """Compare two worlds; see `compare`."""
    one, other = both_sides(first, second, replicates, seed)
    check_size(one, other, notice)
    shared = common_replicates(one, other)
    paired = len(shared) > 0
    notes = notes_on(one, other, shared)
    tables, parting = measured(one, other, shared)
    if parting is None and paired and one.rules == other.rules == rules_hash():
        notes.append(
            "The stored histories cannot be reproduced here (other versions of libraries, or an "
            "edited manifest): weeks of divergence are unknown."
        )
    classes = None
    if paired:
        classes = np.zeros((len(Outcome), len(Outcome)), np.int64)
        np.add.at(classes, (tables[0]["class"], tables[1]["class"]), 1)
    size = len(shared) if paired else min(one.replicates, other.replicates)
    place = None if parting is None else most_telling(tables, parting)
    telling = None if place is None else shared[place]
    return Comparison(
        first=one.scenario,
        second=other.scenario,
        seed=one.seed,
        replicates=size,
        paired=paired,
        differences={name: mean_difference(name, tables, paired) for name in COUNTED},
        rates={name: ratio_difference(name, tables, paired) for name in RATES},
        shares={name: class_difference(name, tables, paired) for name in OUTCOMES},
        changed=None if classes is None else wilson(int(size - np.trace(classes)), size),
        classes=classes,
        parting=parting,
        telling=telling,
        explained=None
        if telling is None or parting is None or place is None
        else explained(one, other, telling, int(parting[place])),
        sides=(one, other),
        notes=tuple(notes),
    )
