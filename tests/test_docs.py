"""Documentation: every command and code block runs, tables and trees say what is there."""

import ast
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import warnings
from importlib.metadata import metadata
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from redline.argument.experiment_file import load_experiment
from redline.argument.ledger import ledger_names, run_experiment
from redline.case.design import points_of
from redline.cli import cli as cli_group
from redline.evidence.reference_table import SMALLEST, recorded
from redline.evidence.validation import outside_view
from redline.exploration.claims_over_space import Robustness, plausible_points, tried_at
from redline.exploration.discovery import Limit, within
from redline.exploration.influence import explored
from redline.exploration.trials import Trial, try_point
from redline.results.intervals import wilson
from redline.results.simulation import simulate
from redline.support.version import package_version
from redline.theory.parameters import DEFAULT_FACTIONS, GROUPS, Faction, table
from test_bad_input import COUNTS
from test_known_results import PUBLISHED

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STORIES = ("tutorial.md", "howto.md")
"""Pages whose blocks belong together, and are followed to the letter, output included."""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language):
    return [
        pytest.param(
            page, match[2], id=f"{page.name}:{page.read_text()[: match.start()].count(chr(10)) + 1}"
        )
        for page in PAGES
        if page.name not in (*STORIES, "notebook.md")  # which test_notebook.py runs
        for match in BLOCK.finditer(page.read_text("utf-8"))
        if match[1] == language
    ]


MANY = {"-n": 20}
SPREAD = {"-n": 5, "--points": 2}
SMALL = {
    "run": MANY,
    "compare": MANY,
    "plot": MANY,
    "claims": MANY,
    "validate": MANY,
    "game": MANY,
    "sweep": {"-n": 5, "--workers": 1},
    "experiment": {"-n": 50},
    "score": {"--particles": 20, "--no-refit": None},
    "sensitivity": SPREAD,
    "robustness": {**SPREAD, "-n": 20, "--claim": "C5"},
    "calibrate": {"-n": SMALLEST, "--cases": 5},
    "forecast": {"-n": SMALLEST},
    "play": {"--moves": "1,2"},
}
"""By command, the options at which it still does all that it does; numbers are at most these."""
IN_PROCESSES = ("sensitivity", "robustness", "calibrate", "forecast")
"""What is spread over processes unless an option says otherwise."""
ONCE = {
    "claims",
    "experiment",
    "validate",
    "score",
    "game",
    "calibrate",
    "forecast",
    "page",
    "play",
}
"""What writes nothing that a later line of its block reads: run where it stands first."""


FOLDERS = {"run", "sweep", "sensitivity", "robustness", "calibrate", "forecast", "new"}
"""What goes on with what is there, or keeps it: run a second time where the front page has it."""


def reduced(words):
    """Return a command with its numbers cut down."""
    if len(words) < 2 or "--help" in words or "--resume" in words:
        return words
    words = [*words]
    stored = len(words) > 2 and words[2].startswith("results/")  # as many as there are
    slow = {"--weeks": 20} if "mesa" in words else {}
    for option, value in (SMALL.get(words[1], {}) | slow).items():
        if option not in words and not (option == "-n" and stored):
            words += [option] if value is None else [option, str(value)]
        elif isinstance(value, int) and not stored:
            place = words.index(option) + 1
            words[place] = str(min(int(words[place]), value))
    return words


def commands():
    """Return the blocks of commands, each without what another block runs, too."""
    seen, found = set(), []
    for block in blocks("sh"):
        page, text = block.values
        lines = []
        for line in text.splitlines():
            words = reduced(shlex.split(line, comments=True))
            if not words or (tuple(words) in seen and words[1] in ONCE):
                continue
            seen.add(tuple(words))
            lines.append(words)
        if lines:
            found.append(pytest.param(page, lines, id=block.id))
    return found


@pytest.fixture
def small(monkeypatch):
    """Cut down what no option of a command does; figures are made and written as blank paper.

    What they show, and how it looks, test_figures.py and test_report.py say of every kind.
    """
    from matplotlib.figure import Figure

    from redline.evidence.approximation import posterior
    from redline.figures import report_page as report
    from redline.lesson import lesson_page as page
    from redline.lesson import precomputed

    requests, savefig = report._requests, Figure.savefig

    def blank(figure, *place, **options):
        figure.clear()
        savefig(figure, *place, **options)

    monkeypatch.setattr(Figure, "savefig", blank)
    monkeypatch.setattr(report, "_requests", lambda results: islice(requests(results), 1))
    monkeypatch.setattr("redline.evidence.calibration.HISTORIES", 50)
    monkeypatch.setitem(posterior.__kwdefaults__, "draws", 100)
    numbers = precomputed._single_numbers
    monkeypatch.setitem(page.lesson_html.__kwdefaults__, "replicates", 20)
    monkeypatch.setattr(precomputed, "TIMES", (0.0, 1.0))
    monkeypatch.setattr(precomputed, "BASE", 1)
    monkeypatch.setattr(precomputed, "_single_numbers", lambda scenario: numbers(scenario)[:2])


@pytest.fixture
def in_threads(monkeypatch):
    """Let threads stand for processes, which take seconds to import everything."""
    for name in IN_PROCESSES:
        options = cli_group.get_command(None, name).params
        (executor,) = (one for one in options if one.name == "executor")
        assert executor.default == "processes"
        monkeypatch.setattr(executor, "default", "threads")


@pytest.mark.parametrize(("page", "lines"), commands())
def test_commands_run(page, lines, cli, small, in_threads):
    front = page.name == "README.md"
    again = [words for words in lines if front and words[0] == "redline" and words[1] in FOLDERS]
    for words in [*lines, *again]:
        if words[0] == "make":
            # Setting up is what CI does; here, that the target exists and what it would run.
            command = ["make", "--dry-run", "-C", str(ROOT), f"PYTHON={sys.executable}", *words[1:]]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            status, out, err = done.returncode, done.stdout, done.stderr
        else:
            assert words[0] == "redline", words
            status, out, err = cli(*words[1:])
        assert status == 0, (words, err)
        assert out
        assert not front or "is kept in" not in err, (words, err)


@pytest.mark.second_tier("imports in every worker; test_commands_run stands for it, in threads")
@pytest.mark.parametrize("name", IN_PROCESSES)
def test_what_is_spread_over_processes_runs_there(cli, small, name):
    front = next(block.values[1] for block in commands() if len(block.values[1]) > 20)
    (words,) = (words for words in front if words[1] == name)
    status, _, err = cli(*words[1:], "--workers", 1)
    assert status == 0, err


def run_python(text):
    """Run a block of Python as a program of its own names; a warning is an error here."""
    exec(compile(text, "block", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize(("page", "text"), blocks("python"))
def test_python_runs(page, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_python(text)


@pytest.mark.second_tier("a process for each block; test_python_runs stands for it, in one")
@pytest.mark.parametrize(("page", "text"), blocks("python"))
def test_python_runs_where_nothing_was_imported_before(page, text, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


SLOW = {
    "```diff": "compiles an edited copy; test_the_edit_that_is_shown_can_be_made stands for it",
    "--executor processes": "two processes; the command of sweeps.md with one stands for it",
}
"""Why a section that has this is in the second tier."""


def stories():
    """Return every section of a page whose blocks belong together; a tutorial is one."""
    for name in STORIES:
        text = (ROOT / "docs" / name).read_text("utf-8")
        for section in [text] if name == "tutorial.md" else text.split("\n## ")[1:]:
            reasons = [why for what, why in SLOW.items() if what in section]
            yield pytest.param(
                section,
                id=f"{name}:{section.splitlines()[0].strip('# ')}",
                marks=[pytest.mark.second_tier(why) for why in reasons],
            )


@pytest.mark.parametrize("section", list(stories()))
def test_a_page_can_be_followed_to_the_letter(
    section, cli, capsys, tmp_path, monkeypatch, small, in_threads
):
    monkeypatch.setenv("COLUMNS", "110")
    changed, out = None, ""
    for language, text in BLOCK.findall(section):
        match language:
            case "toml":
                (tmp_path / text.splitlines()[0].strip("# ")).write_text(text, "utf-8")
            case "diff":
                changed = changed_copy(tmp_path / "copy", text)
            case "python":
                assert changed is None
                with warnings.catch_warnings():
                    # Of a file that a short example leaves for Python to close.
                    warnings.simplefilter("ignore", ResourceWarning)
                    run_python(text)
                out = capsys.readouterr().out
            case "sh":
                out = ""
                for line in text.splitlines():
                    words = shlex.split(line, comments=True)
                    out += followed(words, cli, tmp_path, changed) if words else ""
            case "text":
                for line in text.splitlines():
                    assert line in out, (line, out)
    assert out or "```sh" not in section


def followed(words, cli, folder, changed):
    """Run a line as it stands; return what it printed."""
    assert words[0] == "redline"
    if changed is None:
        status, out, err = cli(*words[1:])
    else:
        done = run_changed(changed, words[1:], folder)
        status, out, err = done.returncode, done.stdout, done.stderr
    assert status == 0, (words, err)
    return out + err


def run_changed(copy, arguments, folder):
    """Run the command line of a copy of the package, as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    return subprocess.run(
        [sys.executable, "-m", "redline", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_edit_that_is_shown_can_be_made(tmp_path):
    """It fits the code that is there, and what it declares has an address."""
    text = (ROOT / "docs" / "howto.md").read_text("utf-8")
    (patch,) = (text for language, text in BLOCK.findall(text) if language == "diff")
    copy = changed_copy(tmp_path / "copy", patch)
    done = run_changed(copy, ["parameters", "--group", "united_states"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "united_states.exposure" in done.stdout


def changed_copy(copy, patch):
    """Return a copy of the package with a patch applied."""
    for folder in ("src", "scenarios", "experiments"):
        shutil.copytree(ROOT / folder, copy / folder)
    # Within a repository, git would apply to what that tracks, and else to nothing.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(copy.parent)}
    apply = ["git", "apply", "-"]
    subprocess.run(apply, cwd=copy, input=patch, text=True, check=True, env=alone)
    return copy


def test_examples_in_docstrings_hold(tmp_path, monkeypatch):
    """Of the package, and of every module that defines a public name."""
    import doctest
    from importlib import import_module

    import redline

    monkeypatch.chdir(tmp_path)
    names = (getattr(redline, name) for name in redline.__all__ if name != "__version__")
    modules = {one.__module__ for one in names} | {"redline", "redline.case.changes"}
    tried = 0
    for name in sorted(modules):
        result = doctest.testmod(import_module(name))
        assert result.failed == 0, name
        tried += result.attempted
    assert tried > 20


def tracked_files():
    """Return what git tracks; nothing where there is no git, or no repository."""
    if shutil.which("git") is None:
        return []
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return listed.stdout.splitlines()


def shares_of_war(replicates):
    """Return how a README tells of war in the standoff: count, n, share and interval."""
    results = simulate("standoff_2019_2021", replicates, seed=1)
    row = results.summary()["class"]["confrontation"]
    return row["count"], *(100 * row[name] for name in ("share", "low", "high"))


def test_the_readme_s_figure_and_its_demo_agree_on_war(generators):
    """Both numbers, with n and interval, are those of the commands that make them."""
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    _, _, drawn = importlib.import_module("gallery").RUN.rpartition(" ")
    count, share, low, high = shares_of_war(int(drawn))
    assert (
        f"{count} of the {int(drawn):,} drawn here ({share:.1f} %; 95 % interval {low:.1f} to "
        f"{high:.1f} %)"
    ) in text
    demo = next(
        line for line in (ROOT / "Makefile").read_text().splitlines() if "redline run" in line
    )
    assert demo.endswith("redline run standoff_2019_2021")  # so n and seed are the defaults
    count, share, low, high = shares_of_war(1000)
    assert (
        f"The demo runs the first 1,000 replicates of the figure's; {count} of them ends "
        f"in open war ({share:.2f} %; 95 % interval {low:.2f} to {high:.2f} %)"
    ) in text


def test_the_share_of_war_that_is_rare_is_told_with_n_and_interval():
    text = " ".join((ROOT / "docs" / "howto.md").read_text("utf-8").split())
    count, share, low, high = shares_of_war(10_000)
    assert (
        f"War ends {count} of 10,000 replicates of the standoff, about one in two hundred "
        f"({share:.2f} %; 95 % interval {low:.2f} to {high:.2f} %)"
    ) in text


def setting_up(folder, *targets):
    """Return what make says it would do in an empty folder, a line each."""
    command = [
        "make",
        "--dry-run",
        "--no-print-directory",
        f"VENV={folder / 'venv'}",
        f"PYTHON={sys.executable}",
    ]
    done = subprocess.run(
        [*command, *targets], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("target", "last"), [("demo", "simulating the standoff"), ("test", "running the tests")]
)
def test_make_says_first_what_it_does_and_shows_that_it_goes_on(tmp_path, target, last):
    lines = setting_up(tmp_path, target)
    assert "setting up Python" in lines[0]
    assert any(last in line for line in lines)
    whole = "\n".join(lines)
    assert "--quiet" not in whole
    assert whole.count("still at it") >= 3  # the environment, pip, and the run or more of pip


def interrupted(folder, *, begun, pip):
    """Return what make would do where an environment is half made; nothing is installed."""
    venv, calls = folder / "venv", folder / "calls"
    (venv / "bin").mkdir(parents=True)
    if begun:
        (venv / ".begun").touch()
    answer = "exit 0" if pip else '[ "$3" = --version ] && exit 1; exit 0'
    for place in (venv / "bin" / "python", folder / "python3"):
        place.write_text(f'#!/bin/sh\necho "${{0##*/}} $*" >> "{calls}"\n{answer}\n')
        place.chmod(0o755)
    command = ["make", f"VENV={venv}", f"PYTHON={folder / 'python3'}", str(venv / ".ready")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (venv / ".ready").exists()
    return calls.read_text()


@pytest.mark.parametrize(
    ("begun", "pip", "told"),
    [
        (True, True, "python3 -m venv --clear --without-pip"),  # however much of pip there is
        (True, False, "python3 -m venv --clear --without-pip"),
        (False, False, "python3 -m venv --without-pip"),
        (False, True, None),  # somebody else's
    ],
)
def test_an_environment_half_made_is_made_anew(tmp_path, begun, pip, told):
    calls = interrupted(tmp_path, begun=begun, pip=pip)
    assert ("-m venv" in calls) is (told is not None)
    assert told is None or told in calls
    assert "python -m pip install --progress-bar off" in calls


def test_the_readme_s_tree_is_what_is_there():
    tree = next(
        m[0]
        for m in re.finditer(r"```\nREADME\.md.*?```", (ROOT / "README.md").read_text(), re.DOTALL)
    )
    named = re.findall(r"^(\s*)([\w./]+)", tree.strip("`\n"), re.MULTILINE)
    top = {name for indent, name in named if not indent}
    inside = {name for indent, name in named if indent}
    tracked = tracked_files() or [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]
    tracked = [name for name in tracked if not name.startswith(".")]
    assert {name.split("/")[0] for name in tracked} == {name.split("/")[0] for name in top}
    files = {
        name.split("/")[2] + ("/" if name.count("/") > 2 else "")
        for name in tracked
        if name.startswith("src/redline/")
    }
    assert files - {"__init__.py", "__init__.pyi", "__main__.py", "py.typed"} == inside
    asked = dict(re.findall(r"^  (\w+)/ +(\w.*?\?)", tree, re.MULTILINE))
    for package, question in asked.items():
        about = importlib.import_module(f"redline.{package}").__doc__
        assert about.lower().startswith(question.lower()), package
    assert len(asked) == len(inside)


def parameter_table():
    rows = [
        "| address | label | default | bounds | plausible | unit | meaning | source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for group in GROUPS:
        for name, note in table(group).items():
            rows.append(
                f"| {group}.{name} | {note.label} | {note.default:g} | "
                f"{note.bounds[0]:g} – {note.bounds[1]:g} | "
                f"{note.plausible[0]:g} – {note.plausible[1]:g} | {note.unit} | {note.meaning} | "
                f"{note.source} |"
            )
    return "\n".join(rows)


def faction_table():
    rows = [f"| faction | {' | '.join(Faction._fields)} |", "|---" * 5 + "|"]
    for name, faction in DEFAULT_FACTIONS.items():
        rows.append(f"| {name} | {' | '.join(f'{one:g}' for one in faction)} |")
    return "\n".join(rows)


def totals_table():
    rows = ["| measure | total |", "|---|---|"]
    rows += [f"| {name} | {total:,} |" for name, total in PUBLISHED.items()]
    return "\n".join(rows)


def dependency_table():
    """Return what pyproject.toml asks for, with licences and reasons."""
    rows = ["| library | at least | licence | for |", "|---|---|---|---|"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {"": project["dependencies"], **project["optional-dependencies"]}
    for extra, requirements in asked.items():
        for text in requirements:
            found = Requirement(text)
            if found.name == "redline" or extra not in DISTRIBUTED:
                continue
            least = min(one.version for one in found.specifier if one.operator == ">=")
            where = f" (`redline[{extra}]`)" if extra else ""
            rows.append(f"| {found.name}{where} | {least} | {' | '.join(USES[found.name])} |")
    return "\n".join(rows)


DISTRIBUTED = ("", "dask", "mpi", "gpu", "sensitivity", "discovery", "xarray")
"""The extras that users install; those of tests and checks bring nothing to them."""
USES = {
    "click": ("BSD", "the command line"),
    "filelock": ("MIT", "one sweep in a folder at a time"),
    "jinja2": ("BSD", "pages of HTML"),
    "lazy-loader": ("BSD", "packages offer names that are imported when first used"),
    "matplotlib": ("PSF", "figures"),
    "mesa": ("Apache", "the readable engine; brings networkx, without which it is not imported"),
    "numba": ("BSD", "the compiled engine"),
    "numpy": ("BSD", "arrays and records"),
    "pyarrow": ("Apache", "Parquet, Arrow tables"),
    "pydantic": ("MIT", "the format of scenario and experiment files"),
    "rich": ("MIT", "tables and progress in a terminal"),
    "scipy": ("BSD", "intervals, designs, survival curves"),
    "distributed": ("BSD", "sweeps on a dask cluster"),
    "mpi4py": ("BSD", "sweeps under MPI"),
    "numba-cuda": ("BSD", "the experimental engine on a GPU; with its toolkit 700 MB"),
    "SALib": ("MIT", "Morris' elementary effects"),
    "ema_workbench": ("BSD", "PRIM"),
    "scikit-learn": ("BSD", "the tree of discovery"),
    "xarray": ("Apache", "replicates as labelled arrays"),
}
"""By distribution: its licence, and what for."""


@pytest.mark.parametrize("name", sorted(USES.keys() - {"numba-cuda"}))  # of 700 MB
def test_a_dependency_says_of_itself_that_it_has_this_licence(name):
    about = metadata(name)
    expression = about.get("License-Expression")
    classified = [text for text in about.get_all("Classifier", []) if text.startswith("License")]
    first_line = (about.get("License") or "").strip().partition("\n")[0]
    said = expression or " ".join(classified) or first_line
    words = {"PSF": "Python Software Foundation|License agreement for matplotlib|PSF"}
    earlier = {"filelock": "Unlicense"}  # of its oldest version that is allowed
    wanted = [words.get(USES[name][0], USES[name][0]), *filter(None, [earlier.get(name)])]
    assert re.search(rf"\b({'|'.join(wanted)})", said), said


def test_every_dependency_is_used_and_every_import_is_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"]]
    for extra in DISTRIBUTED[1:]:
        asked += project["optional-dependencies"][extra]
    modules = {"scikit-learn": "sklearn", "lazy-loader": "lazy_loader", "numba-cuda": "numba_cuda"}
    names = {modules.get(Requirement(text).name, Requirement(text).name) for text in asked}
    imported = set()
    for path in (ROOT / "src" / "redline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    # pandas comes with Mesa, for those who ask for a data frame; pydantic_core with pydantic,
    # markupsafe with jinja2, llvmlite with Numba; IPython is there where a notebook is.
    others = {
        "redline",
        "IPython",
        "llvmlite",
        "markupsafe",
        "pandas",
        "pydantic_core",
        *sys.stdlib_module_names,
    }
    assert imported - others == names


def corpus_table():
    rows = ["| what is read | kinds of wrong ones |", "|---|---|"]
    rows += [f"| {name} | {count} |" for name, count in COUNTS.items()]
    rows.append(f"| together | {sum(COUNTS.values())}; crashes 0, files touched 0 |")
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("page", "mark", "table"),
    [
        ("model.md", "parameters", parameter_table),
        ("model.md", "factions", faction_table),
        ("model.md", "totals", totals_table),
        ("faults.md", "corpus", corpus_table),
        ("dependencies.md", "dependencies", dependency_table),
    ],
)
def test_tables_are_what_is_declared(page, mark, table):
    # REDLINE_GOLDEN=write pytest tests/test_docs.py writes them anew.
    page = ROOT / "docs" / page
    start, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    before, _, rest = page.read_text("utf-8").partition(start)
    old, _, after = rest.partition(end)
    if os.environ.get("REDLINE_GOLDEN") == "write":
        page.write_text(before + start + table() + "\n" + end + after, "utf-8")
    else:
        assert old == table() + "\n"
        assert after


def test_the_sections_that_the_code_names_are_there():
    there = set(re.findall(r"^### §(\S+)", (ROOT / "docs/model.md").read_text(), re.MULTILINE))
    named = set()
    for path in (ROOT / "src" / "redline").rglob("*.py"):
        text = path.read_text("utf-8")
        for section in re.findall(r"\(§([\d.]+)\)|order of §(\d)|# §([\d.]+) ", text):
            named.add("".join(section).rstrip("."))
    assert len(named) > 10
    assert named <= there


def test_the_reference_is_written_from_what_is_there(generators):
    # make reference writes it anew.
    page = importlib.import_module("reference")
    text = page.PAGE.read_text("utf-8")
    assert text.partition(page.MARK)[2].strip() == "\n".join(page.reference()).strip()


def written(name, data):
    """Return what a written page was made from, once its inputs are those that are there."""
    page = importlib.import_module(name)
    stored = json.loads((ROOT / "docs" / name / data).read_text("utf-8"))
    assert stored["inputs_sha256"] == page.inputs()
    return page, stored


class Titles(dict):
    """Figures of a page that are not drawn: of each only that it has a title."""

    WORDS = "the title of a figure"

    def __missing__(self, name):
        return SimpleNamespace(title=self.WORDS)


def assert_stands(lines, name):
    """Check that lines, made again from the data beside a page, stand on it."""
    there = set((ROOT / "docs" / name).read_text("utf-8").splitlines())
    assert len(lines) > 5
    assert [one for one in lines if Titles.WORDS not in one and one not in there] == []


def data_as(told, **attributes):
    """Return what a page's generator takes for a result: data that was stored."""
    return SimpleNamespace(to_dict=lambda: told, **attributes)


@pytest.fixture
def generators(monkeypatch):
    """Let the pages' generators be imported."""
    monkeypatch.syspath_prepend(ROOT / "docs")


def test_the_written_argument_is_that_of_these_rules_and_files(generators):
    # make argument writes it anew.
    page, stored = written("argument", "ledger.json")
    rows = {row["claim"]: row for row in stored["claims"]}
    for name in (*ledger_names(), *page.READINGS):
        experiment = load_experiment(name)
        told = [rows.pop(test.name) for test in experiment.tests]
        assert_stands(page.section(experiment, told, []), "argument.md")
    assert not rows


@pytest.mark.parametrize(
    "claim",
    [
        "C1",
        pytest.param("C5", marks=pytest.mark.second_tier("seconds of histories; C1 stands for it")),
    ],
)
def test_a_row_of_the_argument_is_what_comes_out_at_its_own_size(generators, claim):
    _, stored = written("argument", "ledger.json")
    (row,) = run_experiment(load_experiment(claim), seed=stored["seed"])
    again = {k: v for k, v in row.to_dict().items() if k != "seconds"}
    assert again == approximately(next(one for one in stored["claims"] if one["claim"] == claim))


def test_the_written_evidence_is_that_of_these_rules_and_data(generators):
    # make evidence writes it anew.
    page, stored = written("evidence", "evidence.json")
    assert_stands(page.facts_section(stored["validation"], Titles()), "evidence.md")
    assert_stands(page.score_section(stored["score"], Titles()), "evidence.md")
    assert_stands(page.game_section(stored, Titles()), "evidence.md")
    # And a part of it that takes little time, made again at its own size, is what is written.
    again = page.game_json(page.load_scenario(page.SCENARIO), page.REPLICATES, page.SEED)
    assert again == approximately(stored["game"])


@pytest.mark.second_tier("thousands of histories; the game, made again, stands for it")
def test_all_of_the_evidence_but_the_refit_is_what_comes_out(generators):
    page, stored = written("evidence", "evidence.json")
    scenario = page.load_scenario(page.SCENARIO)
    scores = page.score(scenario, seed=page.SEED, refit=False)
    again = page.measured(scores, page.validate(scenario, page.REPLICATES, page.SEED))
    scored, found = stored["score"].pop("scores"), again["score"].pop("scores")
    assert found == approximately([one for one in scored if not one["fitted"]])
    assert len(found) >= 3
    # A change of just one in a million may count on one machine and not on another.
    for row, told in zip(again.pop("dearer_war"), stored["dearer_war"], strict=True):
        counts = {name: told.pop(name) for name in ("war_rarer", "limited_more")}
        assert {name: row.pop(name) for name in counts} == pytest.approx(counts, abs=4)
        assert row == told
        assert row["games"] == 4000
    assert again == approximately({name: stored[name] for name in again})


def test_the_written_robustness_is_that_of_these_rules_and_files(generators):
    # make robustness writes it anew.
    page, stored = written("robustness", "robustness.json")
    told = stored["robustness"]
    found = data_as(told)
    lines = [page.first_claim(found), *page.standings_of(found)]
    for one in stored["sensitivity"]:
        lines += page.table_of(
            SimpleNamespace(
                measure=one["measure"],
                mean=one["mean"],
                of_parameters=one["share_of_parameters"],
                sensitivities=[
                    SimpleNamespace(
                        address=row["address"],
                        first=SimpleNamespace(**row["first"]),
                        total=SimpleNamespace(**row["total"]),
                    )
                    for row in one["indices"]
                ],
                convergence={row["points"]: row["total"].values() for row in one["convergence"]},
            )
        )
    for one in stored["discovery"]:
        lines += [
            f"`{one['where']}` holds at {one['interesting']:,} of {one['points']:,} points.",
            f"- {one['sentence']}.",
        ]
    assert_stands(lines, "robustness.md")
    assert (told["points"], told["replicates"]) == (page.POINTS, page.ARM_REPLICATES)


def count_of(share):
    """Return of how many points a stored share is; its interval is that count's."""
    count = round(share["value"] * share["points"])
    interval = dict(zip(("value", "low", "high"), wilson(count, share["points"]), strict=True))
    assert share == approximately({**interval, "points": share["points"]})
    return count


def test_the_shares_of_the_written_robustness_are_counts_that_fit_each_other(generators):
    _, stored = written("robustness", "robustness.json")
    told = stored["robustness"]
    for row in told["claims"]:
        supported, undecided, against = row["verdicts"].values()
        assert supported + undecided + against == told["points"]
        assert row["decided"] == pytest.approx((supported + against) / told["points"])
        holds, matching = row["holds"], row["holds_where_matching"]
        assert count_of(holds) == count_of(row["holds_of_all_points"])
        # A verdict takes more than holding or failing does.
        assert supported <= count_of(holds)
        assert against <= told["points"] - count_of(holds)
        assert count_of(matching) <= count_of(holds)
        assert matching["points"] <= told["matching"]


def test_the_boxes_of_the_written_robustness_hold_as_many_points_as_is_said(generators):
    page, stored = written("robustness", "robustness.json")
    scenario = explored(page.load_scenario(page.SCENARIO), "saltelli", page.BASE_POINTS)
    columns = points_of(scenario.sweep, stored["seed"]).columns
    for one in stored["discovery"]:
        assert one["points"] == 2 * page.BASE_POINTS  # of the design, what fills space evenly
        (box,) = one["boxes"]
        limits = [Limit(**limit) for limit in box["limits"]]
        inside = within(limits, {name: c[: one["points"]] for name, c in columns.items()})
        assert box["mass"] == pytest.approx(inside.mean())
        hits = box["coverage"] * one["interesting"]
        assert hits == pytest.approx(round(hits))
        assert box["density"] == pytest.approx(hits / inside.sum())


@pytest.mark.second_tier("512 points; the counts that are stored, and the boxes, stand for it")
def test_how_the_thesis_stands_is_what_comes_out_at_every_point(generators, monkeypatch):
    """All but which points match the record, which takes as long again."""
    monkeypatch.setattr("redline.exploration.trials.matches_record", lambda task: False)
    told = written("robustness", "robustness.json")[1]["robustness"]
    places = plausible_points(told["points"], told["seed"])
    tried = tuple(
        tried_at(
            n,
            try_point(Trial(n, places.values(n), told["replicates"], told["seed"], ("C1",))),
        )
        for n in range(len(places))
    )
    (again,) = Robustness(places, tried, told["replicates"], told["seed"]).to_dict()["claims"]
    written_row = next(row for row in told["claims"] if row["claim"] == "C1")
    assert again == approximately({**written_row, "holds_where_matching": None})


def test_the_written_calibration_is_that_of_these_rules_and_data(generators):
    # make calibration writes it anew.
    page, stored = written("calibration", "calibration.json")
    told, claims = stored["calibration"], stored["claims"]
    about = [SimpleNamespace(**one) for one in told["statistics"]]
    tried = {"tried": range(claims["points"]), "replicates": claims["replicates"]}
    assert_stands(page.posterior_section(data_as(told, about=about)), "calibration.md")
    assert_stands(page.claims_section(data_as(claims, **tried)), "calibration.md")
    assert_stands(page.forecast_section(data_as(stored["forecast"])), "calibration.md")
    # Cheap of it, and asked again: the statistics of the record, and its base rates.
    assert told["statistics"] == approximately([one._asdict() for one in recorded()])
    assert told["outside_view"] == approximately(outside_view())


def approximately(value):
    """Return a value whose numbers may differ by what other versions of libraries bring."""
    if isinstance(value, dict):
        return {key: approximately(one) for key, one in value.items()}
    if isinstance(value, list):
        return [approximately(one) for one in value]
    return pytest.approx(value, rel=1e-3, abs=1e-5) if isinstance(value, float) else value


def test_the_version_is_one():
    assert f"version: {package_version()}\n" in (ROOT / "CITATION.cff").read_text()
    released = package_version().partition(".dev")[0]
    assert f"## {released}" in (ROOT / "CHANGELOG.md").read_text()


def test_links_between_pages_lead_somewhere():
    found = [
        page.parent / target
        for page in PAGES
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8"))
    ]
    assert len(found) > 100
    assert [target for target in found if not target.exists()] == []


def test_the_words_of_the_glossary_are_names_of_the_code():
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    names = re.findall(r"\| `([\w.]+)` \|$", text, re.MULTILINE)
    assert len(names) > 50
    for name in names:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(f"redline.{module}"), attribute), name
