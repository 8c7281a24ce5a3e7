"""What every command imports: nothing that takes long, unless it is what the command is for."""

import json
import subprocess
import sys

import pytest

from redline.cli import COMMANDS

HEAVY = {
    "SALib", "distributed", "ema_workbench", "jinja2", "llvmlite", "matplotlib",
    "matplotlib.pyplot", "mesa", "mpi4py", "networkx", "numba", "numpy", "pandas", "pyarrow",
    "pyarrow.compute", "pydantic", "rich", "scipy", "scipy.stats", "sklearn",
}  # fmt: skip
"""What takes ten milliseconds to import, or more."""
FILE = {"pydantic"}
"""What a scenario is checked with."""
TOLD = {"rich"}
"""What a table is printed with."""
ENGINE = {"llvmlite", "numpy"}
"""What loads compiled code, and holds what it writes."""
STORE = {"numpy", "pyarrow"}
"""What tables are kept with."""
FIGURE = {"matplotlib", "numpy"}
STANDOFF = "standoff_2019_2021"
LOADED = {
    ("--help",): set(),
    ("--version",): set(),
    ("scenarios",): FILE | TOLD,
    ("parameters",): FILE | TOLD,
    ("check", STANDOFF): FILE | TOLD,
    ("schema",): FILE,
    ("new", "mine.toml"): FILE,
    ("run", STANDOFF, "-n", "20", "--json"): FILE | ENGINE | STORE,
    ("run", STANDOFF, "-n", "20", "-o", "other"): FILE | TOLD | ENGINE | STORE | FIGURE,
    ("explain", STANDOFF, "--week", "3"): FILE | TOLD | ENGINE | STORE,
    ("explain", STANDOFF): FILE | TOLD | ENGINE | STORE,
    ("compare", STANDOFF, "--set", "iran.review=0.1", "-n", "20"): FILE | TOLD | ENGINE | STORE,
    ("plot", "run", "--kind", "overview", "-o", "f.png"): FILE | ENGINE | STORE | FIGURE,
    ("report", "run", "-o", "r.html"): FILE | ENGINE | STORE | FIGURE | {"jinja2"},
    ("results", "run"): FILE | TOLD | STORE,
    ("page", "-o", "l.html"): FILE | ENGINE | STORE,
    ("play", STANDOFF, "--moves", "0", "--as", "iran"): FILE | TOLD | ENGINE | STORE,
    ("sweep", "fear_of_war", "--over", "iran.review=[0.1,0.2]", "-n", "2", "-o", "s"): (
        FILE | TOLD | ENGINE | STORE
    ),
}
"""What each command may load of what is heavy; of those that are not here, their help."""
BRIEF = {command[0] for command in LOADED}


@pytest.fixture(scope="module")
def loads(tmp_path_factory):
    """Return which heavy modules a command has loaded when it ends."""
    folder = tmp_path_factory.mktemp("startup")

    def run(*arguments):
        code = (
            "import atexit, json, sys\n"
            "def told(): json.dump(sorted(sys.modules), open('modules.json', 'w'))\n"
            "atexit.register(told)\n"
            "from redline.cli import main\n"
            f"main({list(arguments)!r})"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
        return HEAVY & set(json.loads((folder / "modules.json").read_text()))

    run("run", STANDOFF, "-n", "20", "-o", "run")
    return run


@pytest.mark.parametrize("command", LOADED, ids=" ".join)
def test_a_command_loads_no_more_than_it_needs(loads, command):
    assert loads(*command) <= LOADED[command]


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in BRIEF])
def test_the_help_of_a_command_loads_nothing_heavy(loads, command):
    assert loads(command, "--help") == set()
