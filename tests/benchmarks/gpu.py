"""A GPU beside the CPU: equal totals over 20 settings, then decisions a second of every engine.

Run it where there is a GPU, after ``pip install -e '.[gpu]'``; it takes some minutes, the first of
them to compile. It stops where a measure or a count differs.
"""

import sys
from itertools import product

import numpy as np

from redline.case import load_scenario, vary
from redline.engine.native.gpu import kernel
from redline.results.simulation import simulate

REPLICATES = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
SCENARIOS = ("baseline", "standoff_2019_2021", "talks_2021", "crisis_2020")
SETTINGS = (
    {},
    {"united_states.commitment": 0.2},
    {"iran.review": 0.9},
    {"militias.rationality": 1.0},
    {"environment.diplomacy": 0.9},
)
LARGE = 50 * REPLICATES


def equal(one, other):
    """Return whether two arrays of records agree in every bit of every field."""
    return all(one[name].tobytes() == other[name].tobytes() for name in one.dtype.names)


def settings():
    """Yield the scenarios that are compared."""
    for name, values in product(SCENARIOS, SETTINGS):
        yield vary(load_scenario(name), values)


def rate(engine, scenario, replicates):
    """Return millions of decisions a second: the best of three takes."""
    takes = (simulate(scenario, replicates, engine=engine) for _ in range(3))
    return max(results.decisions / results.seconds for results in takes) / 1e6


def main():
    """Compare, then measure."""
    for number, scenario in enumerate(settings(), 1):
        cpu, gpu = (simulate(scenario, REPLICATES, 7, engine=one) for one in ("batch", "gpu"))
        same = equal(cpu.measures, gpu.measures) and equal(cpu.counts, gpu.counts)
        attacks = int(np.sum(gpu.measures["attacks"]))
        print(f"{number:3} {scenario.name:22} {attacks:12,} attacks, {same=}", flush=True)
        if not same:
            names = [n for n in cpu.measures.dtype.names
                     if cpu.measures[n].tobytes() != gpu.measures[n].tobytes()]  # fmt: skip
            raise SystemExit(f"the gpu engine differs from the batch engine in {names or 'counts'}")
    if any("fma" in code for code in kernel().inspect_asm().values()):
        raise SystemExit("products and sums are fused: other bits than on the CPU will come")
    standoff = load_scenario("standoff_2019_2021")
    for engine, replicates in (("gpu", LARGE), ("batch", LARGE), ("mesa", 1 + LARGE // 50_000)):
        print(f"{engine:8} {rate(engine, standoff, replicates):12.3f} million decisions a second")


if __name__ == "__main__":
    main()
