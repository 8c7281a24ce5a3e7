"""Sweeps: throughput against other tools, the cost of storing, memory that does not grow.

Run by ``make bench``. Rates of the slow tools are of what more replicates cost more: two
runs of different size, so that the start of their processes does not count against them.
"""

import os
import tempfile
import time
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"  # before it is imported: bars of other tools

from bench import STANDOFF, process, say
from ema_workbench import Model, MultiprocessingEvaluator, RealParameter, ScalarOutcome
from mesa.batchrunner import batch_run

from redline.case import vary
from redline.engine.model import EscalationModel
from redline.results.storage.executors import dispatch, open_pool
from redline.results.storage.parts import make_part
from redline.results.storage.plan import plan_sweep
from redline.results.storage.running import sweep_into as sweep
from redline.results.tallies import warm_up
from redline.theory.vocabulary import Response

PROCESSES = 2
COMMITMENT, REVENUE = "united_states.commitment", "iran.revenue_exposure"


def scenario_of(points):
    """Return the standoff with a sweep of so many points."""
    span = {"from": 0.0, "to": 1.6, "steps": points}
    return vary(STANDOFF, sweep={COMMITMENT: span})


def seconds_of(work):
    """Return the seconds that a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def marginal_rate(run, few, many):
    """Return replicates a second: what `many` take longer than `few`."""
    return (many - few) / (seconds_of(lambda: run(many)) - seconds_of(lambda: run(few)))


def stored(points, replicates, **options):
    """Sweep into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        sweep(Path(folder) / "s", scenario_of(points), replicates, **options)


def mesa_batch_run(replicates):
    """Run so many replicates, at 10 points, with Mesa's own batch_run."""
    plan = plan_sweep(scenario_of(10), 1)
    scenarios = [vary(plan.scenario, plan.points.values(point)) for point in range(10)]
    batch_run(
        EscalationModel,
        {"scenario": scenarios, "replicate": range(replicates // 10)},
        number_processes=PROCESSES,
        display_progress=False,
    )


def one_history(commitment, replicate):
    """Live one replicate with the Mesa model, as a function that EMA Workbench can call."""
    model = EscalationModel(vary(STANDOFF, {COMMITMENT: commitment}), replicate=int(replicate))
    strikes = 0
    while model.running:
        model.step()
        strikes += model.united_states.response >= Response.STRIKE
    return {"weeks": model.week, "strikes": strikes}


def workbench(replicates):
    """Run so many experiments with EMA Workbench's perform_experiments."""
    model = Model("redline", function=one_history)
    model.uncertainties = [
        RealParameter("commitment", 0.0, 1.6),
        RealParameter("replicate", 0, 1000),
    ]
    model.outcomes = [ScalarOutcome("weeks"), ScalarOutcome("strikes")]
    with MultiprocessingEvaluator(model, n_processes=PROCESSES) as evaluator:
        evaluator.perform_experiments(scenarios=replicates)


def throughput():
    """Print the rate of a sweep beside those of other tools on the same model."""
    print("Sweeps of the standoff, replicates stored a second, two threads or processes")
    rate = 512 * 200 / seconds_of(lambda: stored(512, 200, workers=PROCESSES))
    say("redline sweep, batch engine, 512 points × 200, all of its time", f"{rate:,.0f}", "/s")
    others = {
        "Mesa's batch_run": mesa_batch_run,
        "EMA Workbench's perform_experiments": workbench,
        "redline sweep, Mesa engine over processes": lambda n: stored(
            10, n // 10, engine="mesa", workers=PROCESSES
        ),
    }
    for name, run in others.items():
        slow = marginal_rate(run, 40, 440)
        say(f"{name}", f"{slow:,.1f}", f"/s, 1/{rate / slow:,.0f} of it")


def storing():
    """Print what storing costs: a sweep against the same parts made and thrown away."""
    plan = plan_sweep(scenario_of(256), 200)
    chunks = [plan.chunk(part, "batch") for part in plan.parts()]

    def make():
        from functools import partial
        from threading import Event

        opened = partial(open_pool, "threads", PROCESSES, None, Event())
        for done in dispatch(opened, make_part, chunks):
            assert done.result.files

    ratios = []
    for _ in range(3):
        made = seconds_of(make)
        ratios.append(seconds_of(lambda: stored(256, 200, workers=PROCESSES)) / made)
    say("a sweep / its parts made but not stored", f"{sorted(ratios)[1]:.2f}", "×")


def growth():
    """Print how time and memory grow with replicates, each a process of its own."""
    print("Growth with replicates (redline sweep fear_of_war, 81 points)")
    for replicates in (124, 1235, 12_346):
        wall, peak = process("sweep", "fear_of_war", "-n", str(replicates))
        total = f"{81 * replicates:,} replicates"
        say(total, f"{wall:.1f}", f"s, peak {peak:,.0f} MiB")
    over = [
        *("--over", f"{COMMITMENT}={{from=0,to=1.6,steps=64}}"),
        *("--over", f"{REVENUE}={{from=0,to=4.4,steps=48}}"),
    ]
    wall, peak = process("sweep", "standoff_2019_2021", "-n", "200", *over)
    say("a grid of 64 × 48 points, 614,400 replicates", f"{wall:.1f}", f"s, peak {peak:,.0f} MiB")


def space():
    """Print what exploring all of parameter space costs, beside a sweep of as many replicates."""
    print("Parameter space (46 parameters)")
    size = ("--points", "128", "-n", "50", "--executor", "processes")
    wall, peak = process("sensitivity", "standoff_2019_2021", *size)
    total = 128 * 48 * 50
    plain, _ = process("sweep", "standoff_2019_2021", "-n", str(total // 64),
                       "--over", f"{COMMITMENT}={{from=0,to=1.6,steps=64}}")  # fmt: skip
    say(f"sensitivity, {total:,} replicates", f"{wall:.1f}", f"s, peak {peak:,.0f} MiB")
    say("as many replicates at 64 points", f"{plain:.1f}", f"s; ratio {wall / plain:.1f}")
    wall, peak = process("robustness", "--points", "16", "-n", "400")
    say("all claims at 16 points", f"{wall:.1f}", f"s, peak {peak:,.0f} MiB")


if __name__ == "__main__":
    warm_up()
    throughput()
    storing()
    growth()
    space()
