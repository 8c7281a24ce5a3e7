"""The first second: processor time of whole commands, as ratios taken in one run.

Run by ``make bench``; nothing here is asserted. Each figure is the median of several takes, with
everything compiled and every file read before, divided by that of
``python -c "import numpy, matplotlib.pyplot"``. ``--against FOLDER`` runs another checkout beside
this one, take by take.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
STANDOFF = "standoff_2019_2021"
RUN = f"results/{STANDOFF}"
BASE = [sys.executable, "-c", "import numpy, matplotlib.pyplot"]
SUMMARY = f"import redline; redline.simulate({STANDOFF!r}, replicates=1000).summary()"
COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "scenarios": ["scenarios"],
    "parameters": ["parameters"],
    "check": ["check", STANDOFF],
    "run -n 1000": ["run", STANDOFF, "-n", "1000"],
    "run -n 1000 --json": ["run", STANDOFF, "-n", "1000", "--json"],
    "explain --week 40": ["explain", STANDOFF, "--week", "40"],
    "explain": ["explain", STANDOFF],
    "compare": ["compare", STANDOFF, "--set", "united_states.commitment=0"],
    "plot": ["plot", RUN, "--kind", "overview", "-o", "p.png"],
    "report": ["report", RUN, "-o", "r.html"],
    "page": ["page", "-o", "l.html"],
}
STAGES = f"""
import os, time
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
last = time.process_time()
print(f"starting Python: {{last:.3f}}")
def stage(name):
    global last
    now = time.process_time()
    print(f"{{name}}: {{now - last:.3f}}")
    last = now
import numpy
stage("importing NumPy")
from redline.case import load_scenario
scenario = load_scenario({STANDOFF!r})
stage("reading the scenario")
from redline.results.tallies import warm_up
warm_up()
stage("loading compiled code")
from redline.results import simulate
results = simulate(scenario, 1000)
stage("simulating")
results.summary()
stage("summing up")
from pathlib import Path
from redline.results import run_into
run = run_into(Path("staged"), scenario, 1000, force=True)
stage("storing (and simulating again)")
from redline.figures import Request, draw, subject_of, write_figure
import redline.figures.style
stage("importing Matplotlib")
drawn = draw("overview", Request((subject_of(run),)))
stage("drawing")
write_figure(drawn, Path("staged.png"))
stage("saving the figure")
"""


def spent(command, folder, checkout):
    """Return the processor seconds of a process and its children, and what it printed."""
    dropped = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment["PYTHONPATH"] = str(checkout / "src")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(f"{' '.join(command)}: {done.stderr[-300:]}", file=sys.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def commands(wanted):
    """Return the commands to run, by the names under which they are told."""
    found = {
        name: [sys.executable, "-m", "redline", *arguments] for name, arguments in COMMANDS.items()
    }
    found["simulate(…).summary() in Python"] = [sys.executable, "-c", SUMMARY]
    return {name: found[name] for name in found if not wanted or name.split()[0] in wanted}


def ratios(checkouts, takes, wanted):
    """Print the ratio of every command, in each checkout."""
    given = commands({*wanted, "run"} if wanted else ())
    taken = {name: [[] for _ in checkouts] for name in ("base", *given)}
    with tempfile.TemporaryDirectory() as top:
        folders = [Path(top, str(place)) for place in range(len(checkouts))]
        for take in range(takes + 1):  # the first warms what is kept on disk
            for place, (checkout, folder) in enumerate(zip(checkouts, folders, strict=True)):
                folder.mkdir(exist_ok=True)
                for name, command in {"base": BASE, **given}.items():
                    seconds, _ = spent(command, folder, checkout)
                    if take:
                        taken[name][place].append(seconds)
    base = statistics.median(seconds for each in taken.pop("base") for seconds in each)
    print(f"Processor time, over that of importing numpy and matplotlib.pyplot ({base:.2f} s)")
    for name, each in taken.items():
        told = "  ".join(f"{statistics.median(seconds) / base:7.2f}" for seconds in each)
        print(f"  {name:<40} {told}", flush=True)
    return base


def stages(takes, base):
    """Print where the time of a run goes."""
    taken = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(takes):
            for line in spent([sys.executable, "-c", STAGES], folder, HERE)[1].splitlines():
                name, _, seconds = line.rpartition(": ")
                taken.setdefault(name, []).append(float(seconds))
    print("Stages of a run of 1,000 replicates, over the same")
    for name, each in taken.items():
        print(f"  {name:<40} {statistics.median(each) / base:7.2f}", flush=True)


def main():
    """Read the options, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", help="only these; all by default")
    parser.add_argument("--against", type=Path, help="another checkout, in a second column")
    parser.add_argument("--takes", type=int, default=3)
    given = parser.parse_args()
    checkouts = [HERE, *([given.against.resolve()] if given.against else [])]
    base = ratios(checkouts, given.takes, given.commands)
    stages(given.takes, base)


if __name__ == "__main__":
    main()
