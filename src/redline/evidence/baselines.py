"""Forecasters to set beside the model: they learn from the record's earlier weeks alone.

A base rate of each category, and a multinomial logit of what the last weeks brought; and of
counts over many weeks, a negative binomial.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import nbinom

from redline.evidence.recorded import published
from redline.evidence.recorded.coding import CodedEvent, coded_events
from redline.evidence.replay import COUNT, Floats
from redline.theory import FIRST_CRISIS, Actor, Response

Ints = NDArray[np.int64]

RIDGE = 1.0
LEAST = 1e-12
"""What is held less probable than this is held impossible: its logarithm is no score."""


def base_rate(past: Ints) -> Floats:
    """Return how often each category came until now, each counted half once more (Jeffreys)."""
    counts = np.bincount(past, minlength=COUNT) + 0.5
    rates: Floats = counts / counts.sum()
    return rates


def features(actor: Actor, moves: Sequence[CodedEvent] | None = None) -> Floats:
    """Return what the logistic forecaster knows of each week: (W, P).

    Of attacks: those of the week before and of the four before it, and answers by force in
    these four. Of answers, also the week's own attacks, deaths and assault.
    """
    attacks, deaths, assaults, force = np.zeros((4, published.WEEKS))
    for move in coded_events() if moves is None else moves:
        if move.actor is Actor.MILITIAS:
            attacks[move.week] += 1
            deaths[move.week] += move.killed
            assaults[move.week] += move.rung >= FIRST_CRISIS
        else:
            force[move.week] += move.rung >= Response.STRIKE
    before = np.concatenate(([0.0], attacks[:-1]))
    columns = [before, _sum_before(attacks, 4), _sum_before(force, 4)]
    if actor is Actor.UNITED_STATES:
        columns += [attacks, deaths, assaults]
    return np.stack(columns, axis=1)


def _sum_before(values: Floats, weeks: int) -> Floats:
    total = np.concatenate(([0.0], np.cumsum(values)))
    place = np.arange(len(values))
    return np.asarray(total[place] - total[np.maximum(place - weeks, 0)])


def logistic(about: Floats, happened: Ints, weeks: Ints) -> Floats:
    """Return what a multinomial logit, fitted anew to the past of each week, says of it.

    It starts from the base rate and moves away from it as the past compels it to: its
    coefficients carry a ridge penalty.
    """
    found = np.zeros((len(weeks), COUNT))
    start = np.zeros(about.shape[1] * COUNT)
    for place, week in enumerate(weeks):
        past, truth = about[:week], np.eye(COUNT)[happened[:week]]
        middle, spread = past.mean(axis=0), past.std(axis=0)
        spread[spread == 0] = 1.0
        x = (past - middle) / spread
        base = np.log(base_rate(happened[:week]))

        def loss(flat: Floats, x: Floats = x, truth: Floats = truth, base: Floats = base):  # type: ignore[no-untyped-def]
            table = flat.reshape(-1, COUNT)
            chance = _softmax(base + x @ table)
            gap = chance - truth
            value = -(truth * np.log(np.maximum(chance, LEAST))).sum()
            return value + RIDGE * (flat @ flat) / 2, (x.T @ gap).ravel() + RIDGE * flat

        best = minimize(loss, start, jac=True, method="L-BFGS-B")
        start = best.x
        table = best.x.reshape(-1, COUNT)
        found[place] = _softmax(base + (about[week] - middle) / spread @ table)
    return found


def _softmax(values: Floats) -> Floats:
    weights = np.exp(values - values.max(axis=-1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares


class NegativeBinomial(NamedTuple):
    """Counts with mean n·(1 − p)/p and variance over mean 1/p."""

    n: float
    p: float

    def quantiles(self, levels: Sequence[float]) -> Floats:
        """Return the smallest counts that as much probability is not above."""
        return np.asarray(nbinom.ppf(levels, self.n, self.p), np.float64)

    def log_score(self, count: int) -> float:
        """Return minus the logarithm of the probability of a count: nats."""
        return float(-nbinom.logpmf(count, self.n, self.p))

    @property
    def mean(self) -> float:
        """The expected count."""
        return self.n * (1 - self.p) / self.p
