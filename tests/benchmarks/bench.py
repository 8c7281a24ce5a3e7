"""Speed and memory, as ratios taken in one run: machines are noisy, ratios less so.

Run by ``make bench``; nothing here is asserted. Each figure is the median of several takes.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numba
import numpy as np

from redline.case import load_scenario, vary
from redline.engine.batch import BatchEngine, block_size
from redline.engine.compiled import compiled_functions
from redline.engine.mesa_engine import MesaEngine
from redline.results.outcomes import measure
from redline.results.simulation import simulate, trace
from redline.results.tallies import warm_up
from redline.support.wording import rate
from redline.theory import chance

TAKES = 5
STANDOFF = load_scenario("standoff_2019_2021")


def median(work, takes=TAKES):
    """Return the median of what `work` returns, over several takes."""
    return statistics.median(work() for _ in range(takes))


def seconds(work):
    """Return the seconds that a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def say(what, value, unit=""):
    """Print one figure."""
    print(f"  {what:<66} {value:>10} {unit}", flush=True)


def batch_rate(scenario, replicates, workers):
    """Return decisions a second of the batch engine, measuring included."""
    results = simulate(scenario, replicates, workers=workers)
    return results.decisions / results.seconds


def mesa_rate(replicates=30):
    """Return decisions a second of the Mesa engine."""
    runner = MesaEngine(STANDOFF, 1)
    began = time.perf_counter()
    lived = runner.run(0, replicates).lived.sum()
    return lived * 8 / (time.perf_counter() - began)


@numba.njit(error_model="numpy")
def exponentials(count):
    """Return the sum of `count` exponentials, as the choices take them."""
    total = 0.0
    for i in range(count):
        total += math.exp(-0.01 * (i % 1000))
    return total


def bare_seconds():
    """Return the seconds that draws and exponentials alone take in a block, and all of it."""
    replicates = 500
    history = trace(STANDOFF, 0, replicates)
    weeks = int(history.lived.sum())
    attacks = int(history.weeks["attacks"].sum())
    reviews = int((history.weeks["utility"][..., 1] != 0).sum())
    opportunities = round(weeks * STANDOFF.militias.tempo)
    # The option of greatest utility needs no exponential; rungs out of reach are few.
    count = 5 * (weeks + reviews + opportunities)
    draw_week = compiled_functions()[chance.draw_week]
    philox = compiled_functions()[chance.philox]
    table = np.zeros((2, 8))
    key = chance.seed_key(1)

    @numba.njit(error_model="numpy")
    def draws(key, weeks, attacks, table):
        total = 0.0
        for week in range(weeks):
            draw_week(key, week, week, 6, table)
            total += table[0, 3]
        for attack in range(attacks):
            total += philox(attack, 1, 2, 0, 1, 0).w0
        return total

    draws(key, 1, 1, table)
    exponentials(1)
    bare = median(lambda: seconds(lambda: draws(key, weeks, attacks, table)))
    bare += median(lambda: seconds(lambda: exponentials(count)))
    runner = BatchEngine(STANDOFF, 1)
    block = runner.run(0, replicates)
    whole = median(lambda: seconds(lambda: runner.run(0, replicates, into=block)))
    return bare, whole


def process(*arguments, **environment):
    """Return the wall seconds and the peak memory (MiB) of a process of its own."""
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], capture_output=True)\n"
        "assert done.returncode == 0, done.stderr\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", code, sys.executable, "-m", "redline", *arguments]
        began = time.perf_counter()
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, **environment},
        )
        return time.perf_counter() - began, float(done.stdout)


def engines():
    """Print the speed of the engines against each other and against bare arithmetic."""
    print("Engines, standoff_2019_2021")
    fast = median(lambda: batch_rate(STANDOFF, 20_000, 1))
    slow = median(mesa_rate, 3)
    both = median(lambda: batch_rate(STANDOFF, 20_000, 2))
    for name, figure in (("batch engine, one thread", fast), ("Mesa engine", slow)):
        value, _, unit = rate(figure).partition(" ")
        say(name, value, f"{unit} decisions/s".strip())
    say("batch / Mesa, per decision on one thread", f"{fast / slow:,.0f}", "×")
    say("batch engine, two threads / one", f"{both / fast:.2f}", "×")
    bare, whole = bare_seconds()
    say("bare draws and exponentials / the whole engine", f"{bare / whole:.2f}", "of its time")
    runner = BatchEngine(STANDOFF, 1)
    block = runner.run(0, block_size(STANDOFF))
    tally = median(lambda: seconds(lambda: measure(block)))
    run = median(lambda: seconds(lambda: runner.run(0, block_size(STANDOFF), into=block)))
    say("measuring a block / running it", f"{tally / run:.2f}", "×")


def growth():
    """Print how time and memory grow with militias and replicates."""
    print("Growth with militias (batch engine, one thread)")
    for cells in (1, 10, 100, 1000):
        scenario = vary(STANDOFF, {"militias.cells": cells})
        rate = median(lambda s=scenario, c=cells: batch_rate(s, max(20, 20_000 // c), 1), 3)
        say(f"{6 * cells:,} militias", f"{1e9 / rate:.2f}", "ns per decision")
    print("Growth with replicates (redline run, a process of its own, stored)")
    for replicates in (10_000, 100_000, 1_000_000):
        wall, peak = process("run", "standoff_2019_2021", "-n", str(replicates))
        say(f"{replicates:,} replicates", f"{wall:.1f}", f"s, peak {peak:,.0f} MiB")


def start():
    """Print how long a newcomer waits."""
    print("Whole processes")
    say("redline --help", f"{median(lambda: process('--help')[0]):.2f}", "s")
    run = median(lambda: process("run", "standoff_2019_2021", "-n", "1000")[0])
    say("redline run standoff_2019_2021 -n 1000, figure included", f"{run:.2f}", "s")
    with tempfile.TemporaryDirectory() as folder:
        first = process("run", "standoff_2019_2021", "-n", "1000", NUMBA_CACHE_DIR=folder)[0]
    say("the same with nothing compiled yet", f"{first:.2f}", "s")
    with tempfile.TemporaryDirectory() as folder:
        swept = f"{folder}/s"
        process("sweep", "fear_of_war", "-n", "200", "-o", swept)
        every = process("plot", swept, "--kind", "all", "-o", f"{folder}/f")[0]
        told = process("report", swept, "-o", f"{folder}/r.html")[0]
    say("every kind of figure of a stored sweep of 81 points", f"{every:.1f}", "s")
    say("a report of it", f"{told:.1f}", "s")
    say("redline claims, at the n of their files", f"{process('claims')[0]:.0f}", "s")


if __name__ == "__main__":
    warm_up()
    print(json.dumps({"python": sys.version.split()[0], "numba": numba.__version__}))
    print(f"folder {Path.cwd().name}, {os.cpu_count()} processors")
    engines()
    growth()
    start()
