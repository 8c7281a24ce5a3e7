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
NAMES = {
    module: names.split()
    for module, _, names in (
        line.partition(":")
        for line in (Path(__file__).parent / "golden" / "names_0_1_0.txt").read_text().splitlines()
    )
}
"""The public names of every module of 0.1.0 that there still were when the modules moved."""
PACKAGES_NOW = {"results", "engine", "figures", "evidence", "exploration"}


def modules_of(package):
    """Return every module in a package, imported."""
    top = importlib.import_module(f"redline.{package}")
    found = pkgutil.walk_packages(top.__path__, f"{top.__name__}.")
    return [importlib.import_module(module.name) for module in found]


def offered(stub):
    """Yield the names of a stub, each with the module that defines it."""
    for node in ast.parse(stub.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1
            for one in node.names:
                assert one.asname == one.name, f"{stub}: {one.name} as {one.asname}"
                yield one.name, f"{stub.parent.name}.{node.module}"


def test_every_package_says_what_it_offers():
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert set(PACKAGES) == folders - {"cli"}
    for package in PACKAGES:
        module = importlib.import_module(f"redline.{package}")
        assert "What" in module.__doc__ or "?" in module.__doc__.partition("\n")[0]
        assert module.__all__ == sorted(
            name for name, _ in offered(SOURCE / package / "__init__.pyi")
        )
        assert dir(module) == module.__all__


@pytest.mark.parametrize("package", PACKAGES)
def test_no_offered_name_is_hidden_by_a_module(package):
    # Importing a module sets an attribute of its package.
    modules = modules_of(package)
    names = list(offered(SOURCE / package / "__init__.pyi"))
    assert names == sorted(names, key=lambda one: (one[1], one[0]))
    assert not {name for name, _ in names} & {module.__name__.split(".")[2] for module in modules}
    top = importlib.import_module(f"redline.{package}")
    for name, home in names:
        module = importlib.import_module(f"redline.{home}")
        assert getattr(top, name) is vars(module)[name], name
        found = getattr(vars(module)[name], "__module__", None)
        if isinstance(found, str) and found.startswith("redline."):
            assert found == module.__name__, name


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_offers_is_used_outside_or_told_to_users(package):
    pages = [*SOURCE.parents[1].glob("docs/*.md"), SOURCE.parents[1] / "README.md"]
    told = "".join(path.read_text("utf-8") for path in pages)
    used = set(redline.__all__)
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] != package:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == f"redline.{package}":
                    used |= {one.name for one in node.names}
    names = {name for name, _ in offered(SOURCE / package / "__init__.pyi")}
    assert {
        name for name in names - used - set(NAMES.get(package, ())) if name not in told
    } == set()


@pytest.fixture
def forgotten():
    """Leave no module under an old name behind, as nobody has imported one."""

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
    with pytest.warns(DeprecationWarning) as told:
        module = importlib.import_module(f"redline.{old}")
    said = [str(one.message) for one in told if one.category is DeprecationWarning]
    (mine,) = [text for text in said if text.startswith(f"redline.{old} is now ")]
    homes = [importlib.import_module(f"redline.{home}") for home in MOVED[old].split()]
    assert all(home.__name__ in mine for home in homes)
    for name in NAMES.get(old, ()):
        assert getattr(module, name, None) is not None or name in dir(module), name
    assert not hasattr(module, "no_such_name")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # once a name
        assert importlib.import_module(f"redline.{old}") is module


def test_old_names_that_have_another_name_now(forgotten):
    with pytest.warns(DeprecationWarning):
        from redline.scenario_file import load
        from redline.words import SITES, count

        from redline import state
    assert state.records is importlib.import_module("redline.theory.records").new_records
    assert load is redline.load_scenario
    assert SITES["balad"] == "Balad"
    assert count(2, "attack") == "two attacks"


@pytest.mark.parametrize("package", ["results", "engine", "figures"])
def test_an_old_module_that_is_a_package_now_offers_what_it_had(package):
    module = importlib.import_module(f"redline.{package}")
    for name in NAMES[package]:
        assert hasattr(module, name), name


def test_old_names_are_asked_for_last_and_once():
    find_moved()
    assert sys.meta_path.count(OldNames) == 1
    assert OldNames.find_spec("redline.theory") is None
    assert OldNames.find_spec("json") is None
    assert OldNames.find_spec("state") is None
    code = "import sys, redline; print(sys.meta_path[-1].__name__, [n for n in sys.modules if 'redline.' in n])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "OldNames ['redline.support', 'redline.support.moved']\n"
