"""Exact quantiles of more values than memory holds, in one or two passes over them.

Whole numbers repeat, so counting each different value is enough, and takes one pass. Where there
are too many different ones a sample, which the same pass has taken, says between which two values
a quantile is likely to be; the second pass counts what is below these, and keeps what is between.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_DIFFERENT = 1 << 20
"""Different values that are counted one by one."""
SAMPLE = 1 << 17
"""Values of a sample, at least, and at most twice as many."""
SEED = 20190506
MARGIN = 6.0
"""Standard errors by which a bracket is wider than the sample's quantile: it fails in about two of
10^9 searches, and is made wider then."""


class Counted:
    """The different values among many, and how often each has come."""

    def __init__(self) -> None:
        self.values = np.zeros(0)
        self.counts = np.zeros(0, np.int64)
        self._waiting: list[Floats] = []
        self._size = 0

    def __len__(self) -> int:
        """Return how many different values there are."""
        self._merge()
        return len(self.values)

    def add(self, values: Floats) -> None:
        """Add values."""
        self._waiting.append(values)
        self._size += len(values)
        if self._size > MOST_DIFFERENT:
            self._merge()

    def _merge(self) -> None:
        if not self._waiting:
            return
        more, counts = np.unique(np.concatenate(self._waiting), return_counts=True)
        self._waiting, self._size = [], 0
        both = np.concatenate((self.values, more))
        self.values, place = np.unique(both, return_inverse=True)
        weights = np.concatenate((self.counts, counts))
        self.counts = np.bincount(place, weights, len(self.values)).astype(np.int64)

    def at(self, ranks: NDArray[np.int64]) -> Floats:
        """Return the values that have so many before them in ascending order."""
        self._merge()
        place = np.searchsorted(np.cumsum(self.counts), ranks, side="right")
        return self.values[place]


class Sample:
    """A few of many values, each of them as likely as any other; always the same ones."""

    def __init__(self) -> None:
        self.share = 1.0
        self.kept = np.zeros(0)
        self._chance = np.random.default_rng(SEED)

    def add(self, values: Floats) -> None:
        """Add values, of which some are kept."""
        self.kept = np.concatenate((self.kept, self._some(values, self.share)))
        while len(self.kept) > 2 * SAMPLE:
            self.kept = self._some(self.kept, 0.5)
            self.share /= 2

    def _some(self, values: Floats, share: float) -> Floats:
        """Return each value with a probability; not every so-manieth: results may be periodic."""
        return values if share == 1.0 else values[self._chance.random(len(values)) < share]

    def bracket(self, share: float, margin: float) -> tuple[float, float]:
        """Return two values with a quantile between them, as far as the sample can tell."""
        n = len(self.kept)
        reach = margin * (share * (1 - share) / n) ** 0.5 + 1 / n
        ordered = np.sort(self.kept)
        low, high = n * (share - reach), n * (share + reach)
        return (
            float(ordered[int(low)]) if low >= 0 else -np.inf,
            float(ordered[int(high)]) if high < n else np.inf,
        )


class _Bracket:
    """Values from `low` to `high`, and how many there are below."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.below = 0
        self.inside = Counted()

    def add(self, values: Floats) -> None:
        """Add values, of which those inside are kept."""
        self.below += int((values < self.low).sum())
        self.inside.add(values[(values >= self.low) & (values <= self.high)])

    def at(self, ranks: NDArray[np.int64]) -> Floats | None:
        """Return the values that have so many before them; None if they are not all inside."""
        held = int(self.inside.counts.sum()) if len(self.inside) else 0
        if ranks.min() < self.below or ranks.max() >= self.below + held:
            return None
        return self.inside.at(ranks - self.below)


class _Search:
    """The search for quantiles of one quantity: a pass over its values, and if need be more."""

    def __init__(self, probabilities: Sequence[float]) -> None:
        self.probabilities = probabilities
        self.found: list[Floats | None] = [None] * len(probabilities)
        self.done = False
        self.size = 0
        self.whole: Counted | None = Counted()
        self.sample = Sample()
        self.margin = MARGIN
        self.brackets: dict[int, _Bracket] = {}

    def add(self, values: Floats) -> None:
        """Take in values of the pass under way."""
        for bracket in self.brackets.values():
            bracket.add(values)
        if self.brackets:
            return
        self.size += len(values)
        self.sample.add(values)
        if self.whole is not None:
            self.whole.add(values)
            if len(self.whole.values) > MOST_DIFFERENT:
                self.whole = None

    def close(self) -> None:
        """End a pass: note what it has found, and prepare the next."""
        ranks = (self.size - 1) * np.asarray(self.probabilities, np.float64)
        for place, rank in enumerate(np.floor(ranks).astype(np.int64).tolist()):
            pair = np.array([rank, min(rank + 1, self.size - 1)])
            if self.size and self.found[place] is None:
                if self.whole is not None:
                    self.found[place] = self.whole.at(pair)
                elif place in self.brackets:
                    self.found[place] = self.brackets[place].at(pair)
        self.whole = None
        if self.brackets:
            self.margin *= 4  # the sample has misled
        self.done = not self.size or all(pair is not None for pair in self.found)
        self.brackets = {
            place: _Bracket(*self.sample.bracket(self.probabilities[place], self.margin))
            for place, pair in enumerate(self.found)
            if pair is None and self.size
        }

    def result(self) -> Floats | None:
        """Return the quantiles, rounded as `numpy.quantile` rounds; None without values."""
        if not self.size:
            return None
        ranks = (self.size - 1) * np.asarray(self.probabilities, np.float64)
        part = ranks - np.floor(ranks)
        low, high = np.array(self.found).T
        apart = high - low
        ends: Floats = np.where(part >= 0.5, high - apart * (1 - part), low + apart * part)
        return ends


def exact_quantiles(
    read: Callable[[], Iterable[Sequence[Floats]]], quantities: int, probabilities: Sequence[float]
) -> list[Floats | None]:
    """Return the quantiles that `numpy.quantile` would, of values that come in pieces.

    Parameters
    ----------
    read
        Gives all values, a piece of each quantity at a time, and again whenever it is called;
        without NaN.
    quantities
        How many there are.
    probabilities
        In [0, 1].

    Returns
    -------
    Of each quantity a quantile for each probability, or None without values.
    """
    searches = [_Search(probabilities) for _ in range(quantities)]
    while not all(search.done for search in searches):
        for pieces in read():
            for search, values in zip(searches, pieces, strict=True):
                if not search.done:
                    search.add(values)
        for search in searches:
            if not search.done:
                search.close()
    return [search.result() for search in searches]
