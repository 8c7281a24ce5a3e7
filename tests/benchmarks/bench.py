"""Speed and memory, as ratios taken in one run: machines are noisy, ratios less so.

Run by ``make bench``; nothing here is asserted. Each figure is the median of several takes.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numba
from c_loop import compare, compiler

from redline.case import load_scenario, vary
from redline.engine.batch import encode
from redline.engine.mesa_engine import MesaEngine
from redline.engine.native.copies import compile_functions
from redline.engine.native.emitting import wide
from redline.results.simulation import simulate, trace
from redline.results.tallies import warm_up
from redline.support.wording import rate
from redline.theory import (
    LANES,
    RESTRICTED,
    Choices,
    Events,
    State,
    chance,
    choosing,
    new_records,
    provoking,
)
from redline.theory.choosing import Group

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


def parts_of_a_decision():
    """Return the nanoseconds of a decision that are draws, and that are exponentials."""
    history = trace(STANDOFF, 0, 500)
    weeks = int(history.lived.sum())
    attacks = int(history.weeks["attacks"].sum()) / weeks
    reviews = int((history.weeks["utility"][..., 1] != 0).sum()) / weeks
    choices = 1 + reviews + STANDOFF.militias.tempo
    militias = len(STANDOFF.members)
    plans = encode(STANDOFF).plans[0]
    group = Group(*(new_records(kind, 1)[0] for kind in (State, Events, Choices)))
    many, times = 4 * LANES, 2_000
    with wide(numba.core.registry.cpu_target.target_context):
        functions = compile_functions(RESTRICTED)
        draw_two, raise_weights = functions[provoking.draw_two], functions[choosing.raise_weights]

        @numba.njit
        def draws(key, plans, group, times):
            for week in range(times):
                draw_two(key, plans, group, week, LANES, 0)

        @numba.njit
        def exponentials(choices, times):
            for _ in range(times):
                raise_weights(choices, many)

        given = chance.seed_key(1), plans, group
        draws(*given, 1)
        exponentials(group.choices, 1)
        two = median(lambda: seconds(lambda: draws(*given, times))) / times / LANES
        six = median(lambda: seconds(lambda: exponentials(group.choices, times))) / times / many
    blocks = 2 + militias + attacks
    return (blocks / 2 * two * 1e9 / (militias + 2), choices * six * 1e9 / (militias + 2))


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
    """Print the speed of the engines against each other, and of what a decision is made."""
    print("Engines, standoff_2019_2021")
    fast = median(lambda: batch_rate(STANDOFF, 20_000, 1))
    slow = median(mesa_rate, 3)
    both = median(lambda: batch_rate(STANDOFF, 20_000, 2))
    for name, figure in (("batch engine, one thread", fast), ("Mesa engine", slow)):
        value, _, unit = rate(figure).partition(" ")
        say(name, value, f"{unit} decisions/s".strip())
    say("batch / Mesa, per decision on one thread", f"{fast / slow:,.0f}", "×")
    say("batch engine, two threads / one", f"{both / fast:.2f}", "×")
    drawn, raised = parts_of_a_decision()
    whole = 1e9 / fast
    say("draws / the whole of a decision", f"{drawn / whole:.2f}", "of its time")
    say("exponentials / the whole of a decision", f"{raised / whole:.2f}", "of its time")


def loops_in_c():
    """Print what a decision takes beside hand-written loops in C, on one thread."""
    if compiler() is None:
        print("Loops in C: no compiler is installed")
        return
    for cells in (1, 10, 100):
        compare(cells, takes=5)


def growth():
    """Print how time and memory grow with militias and replicates."""
    print("Growth with militias (batch engine, one thread)")
    for cells in (1, 10, 100, 1000):
        scenario = vary(STANDOFF, {"militias.cells": cells})
        rate = median(lambda s=scenario, c=cells: batch_rate(s, max(20, 20_000 // c), 1), 3)
        say(f"{6 * cells:,} militias", f"{1e9 / rate:.2f}", "ns per decision")
    print("Growth with weeks (batch engine, one thread)")
    for weeks in (112, 1_000, 10_000):
        scenario = vary(STANDOFF, weeks=weeks)
        rate = median(lambda s=scenario, w=weeks: batch_rate(s, max(104, 2_000_000 // w), 1), 3)
        say(f"{weeks:,} weeks", f"{1e9 / rate:.2f}", "ns per decision")
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
    loops_in_c()
    growth()
    start()
