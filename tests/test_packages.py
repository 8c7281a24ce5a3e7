"""What each package offers, and where the names of 0.1.0 are now."""

import ast
import importlib
import pkgutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import redline
from redline.support.moved import MOVED, OldNames, find_moved

SOURCE = Path(redline.__file__).parent
PACKAGES = sorted(path.parent.name for path in SOURCE.glob("*/__init__.pyi"))
OLD_NAMES = (Path(__file__).parent / "golden" / "names_0_1_0.txt").read_text("utf-8").splitlines()
NAMES = {module: names.split() for module, _, names in (one.partition(":") for one in OLD_NAMES)}
"""The public names of every module of 0.1.0 that were still there when the modules moved."""
PACKAGES_NOW = {"results", "engine", "figures", "evidence", "exploration"}
GONE = {
    "chance": {"Table", "draw_week"},
    "compiled": {"INLINED"},
    "kernel": {"choose_directive", "choose_provocation", "choose_rung", "choose_site"},
    "rules": {"FloatRow", "learn"},
    "state": {"PerRung", "Stance"},
    "tally": {"tally_week"},
    "traces": {"has_room"},
}
"""Of these, inner parts of an engine that took one replicate after another: none is as it was."""


def modules_of(package):
    """Return every module in a package, imported."""
    top = importlib.import_module(f"redline.{package}")
    found = pkgutil.walk_packages(top.__path__, f"{top.__name__}.")
    return [importlib.import_module(module.name) for module in found]


def offered(package):
    """Return the names that a package offers, each with the module that defines it."""
    found = {}
    stub = SOURCE / package / "__init__.pyi"
    for node in ast.parse(stub.read_text("utf-8")).body:
        assert isinstance(node, ast.ImportFrom)
        assert node.level == 1
        for one in node.names:
            assert one.asname == one.name
            found[one.name] = f"redline.{package}.{node.module}"
    return found


def test_every_package_says_what_it_answers_and_what_it_offers():
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert set(PACKAGES) == folders - {"cli"}
    for package in PACKAGES:
        module = importlib.import_module(f"redline.{package}")
        assert "?" in module.__doc__.partition("\n")[0]
        assert module.__all__ == sorted(offered(package))
        assert dir(module) == module.__all__


@pytest.mark.parametrize("package", PACKAGES)
def test_no_offered_name_is_hidden_by_a_module(package):
    # Importing a module sets an attribute of its package.
    modules = modules_of(package)
    names = offered(package)
    assert not set(names) & {module.__name__.split(".")[2] for module in modules}
    top = importlib.import_module(f"redline.{package}")
    for name, home in names.items():
        definition = vars(importlib.import_module(home))[name]
        assert getattr(top, name) is definition, name
        where = getattr(definition, "__module__", None)
        assert where == home or not str(where).startswith("redline."), name


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_offers_is_used_outside_or_told_to_users(package):
    pages = [*SOURCE.parents[1].glob("docs/*.md"), SOURCE.parents[1] / "README.md"]
    told = "".join(path.read_text("utf-8") for path in pages)
    used = {*redline.__all__, *NAMES.get(package, ())}
    by_name = f"import_module('redline.{package}')"  # how a result goes up
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] != package:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == f"redline.{package}":
                    used |= {one.name for one in node.names}
                elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == by_name:
                    used.add(node.attr)
    assert [name for name in offered(package) if name not in used and name not in told] == []


# Rooms of a size to live in

MOST_LINES, MOST_OF_A_FUNCTION, MOST_MODULES = 450, 60, 12
SHELVES = {"cli/commands", "figures/kinds"}
"""Folders in which every file is one of a kind."""


def without_docstring(function):
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    told = first.end_lineno - first.lineno + 1 if is_docstring else 0
    return function.end_lineno - function.lineno + 1 - told


def test_no_module_function_or_folder_is_too_long():
    folders = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name, text = str(path.relative_to(SOURCE)), path.read_text("utf-8")
        assert text.count("\n") <= MOST_LINES, name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert without_docstring(node) <= MOST_OF_A_FUNCTION, (name, node.name)
        if path.name != "__init__.py":
            folders.setdefault(str(path.parent.relative_to(SOURCE)), []).append(path.stem)
    assert len(folders) > 10
    for folder, modules in folders.items():
        assert len(modules) <= MOST_MODULES or folder in SHELVES, (folder, modules)


# Old names


@pytest.fixture
def forgotten():
    """Have no module imported under an old name, before and after."""

    def forget():
        for name in MOVED:
            sys.modules.pop(f"redline.{name}", None)
            vars(redline).pop(name, None)

    forget()
    yield
    forget()


def test_every_module_of_0_1_0_is_somewhere():
    assert set(NAMES) <= set(MOVED) | PACKAGES_NOW
    assert not set(MOVED) & {path.stem for path in SOURCE.iterdir()}


@pytest.mark.parametrize("old", sorted(MOVED))
def test_an_old_name_gives_what_it_gave_and_says_where_that_is(forgotten, old):
    homes = " and ".join(f"redline.{home}" for home in MOVED[old].split())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the package that it was in
        importlib.import_module(f"redline.{old}".rpartition(".")[0])
    with pytest.warns(DeprecationWarning, match=f"^redline.{old} is now {homes};") as told:
        module = importlib.import_module(f"redline.{old}")
    assert len(told) == 1
    for name in NAMES.get(old, ()):
        assert hasattr(module, name) is (name not in GONE.get(old, ())), name
    assert not hasattr(module, "no_such_name")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert importlib.import_module(f"redline.{old}") is module


def test_the_engines_run_beside_old_names():
    # Mesa's import asks every module for its file, amid the import of ours.
    code = (
        "import redline, warnings; warnings.simplefilter('ignore')\n"
        f"for name in {sorted(MOVED)}: __import__('redline.' + name)\n"
        "assert redline.games.__dict__.get('__file__') is None\n"
        "assert not hasattr(redline.games, '__file__')\n"
        "redline.simulate('baseline', replicates=1, engine='mesa')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_names_that_have_changed_are_had_under_their_old_ones(forgotten):
    old = importlib.import_module
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert old("redline.state").records is old("redline.theory.records").new_records
        assert old("redline.scenario_file").load is redline.load_scenario
        assert old("redline.words").SITES["balad"] == "Balad"
        assert old("redline.words").count(2, "attack") == "two attacks"


def test_the_warning_is_of_the_line_that_has_the_old_name(tmp_path):
    (tmp_path / "mine.py").write_text("import redline\nfrom redline import state\nstate.Actor\n")
    command = [sys.executable, "-W", "default", str(tmp_path / "mine.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "mine.py:2: DeprecationWarning: redline.state is now redline.theory.rec" in done.stderr


@pytest.mark.parametrize("package", sorted({"results", "engine", "figures"}))
def test_an_old_module_that_is_a_package_now_offers_what_it_had(package):
    assert set(NAMES[package]) <= set(offered(package))


def test_old_names_are_asked_for_last_and_cost_nothing():
    find_moved()
    assert sys.meta_path.count(OldNames) == 1
    for name in ("redline.theory", "redline.nothing", "state", "json.state"):
        assert OldNames.find_spec(name) is None
    code = (
        "import sys, redline; print(sys.meta_path[-1].__name__, "
        "*(name for name in sys.modules if name.startswith('redline.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "OldNames redline.support redline.support.moved\n"
