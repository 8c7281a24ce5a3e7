"""The GPU engine without a GPU: simulated by Numba."""

import os
import subprocess
import sys

import pytest

from redline import InputError
from redline.case import load_scenario, vary
from redline.results.engines import open_engine
from redline.results.simulation import simulate

ALIKE = """
from compare import differing
from redline.case import load_scenario, vary
from redline.engine.native import gpu
from redline.results.simulation import simulate

scenarios = [vary(load_scenario(name), weeks=weeks) for name, weeks in (
    ("talks_2021", 9), ("standoff_2019_2021", 5), ("crisis_2020", 5),
)]
gpu.THREADS = 4  # so that there are several blocks of threads, the last of them not full
for scenario in scenarios:
    runs = [
        simulate(scenario, 6, 5, first=2**31 - 3, workers=1, engine=engine)
        for engine in ("batch", "gpu")
    ]
    cpu, device = runs
    assert not differing(cpu.measures, device.measures), scenario.name
    assert not differing(cpu.counts, device.counts), scenario.name
    assert cpu.measures["attacks"].sum() > 0
    print(scenario.name)
"""


def python(script, **environment):
    """Return what a script of its own process prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_simulated_gpu_gives_the_measures_and_counts_of_the_batch_engine():
    told = python(ALIKE, NUMBA_ENABLE_CUDASIM="1")
    assert len(told.splitlines()) == 3


def test_without_a_gpu_a_line_says_so():
    with pytest.raises(InputError, match=r"numba-cuda|no CUDA device"):
        simulate("baseline", 2, engine="gpu")


def test_what_the_gpu_engine_does_not_do_it_refuses(monkeypatch):
    monkeypatch.setattr("redline.engine.native.gpu.is_simulated", lambda: True)
    engine = open_engine(vary(load_scenario("baseline"), weeks=2), 1, "gpu")
    with pytest.raises(InputError, match="no histories"):
        engine.run(0, 1)
