"""Wheel and sdist: scenarios travel inside, and an empty environment needs nothing else."""

import inspect
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import redline
from test_docs import tracked_files

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"


def build(kind, source, folder):
    """Build a wheel or an sdist of a source tree, without a network; return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return next(folder.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build("wheel", ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return build("sdist", ROOT, tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_package_and_scenarios(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for path in (ROOT / "scenarios").glob("*.toml"):
        assert f"redline/case/scenarios/{path.name}" in names
    for path in (ROOT / "experiments").glob("*.toml"):
        assert f"redline/argument/experiments/{path.name}" in names
    assert "redline/evidence/recorded/data/events_2018_2021.csv" in names
    templates = {f"redline/figures/templates/{name}" for name in ("report.html", "page.css")}
    assert templates <= set(names)
    assert "redline/py.typed" in names
    assert not [name for name in names if name.startswith("tests")]
    package = {path for path in SOURCE.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {str(path.relative_to(SOURCE)) for path in package} <= set(names)


def test_no_folder_of_the_package_is_ignored_for_its_name(tmp_path):
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    places = [f"src/redline/{name}/module.py" for name in ("results", "dist", "lesson")]
    asked = ["git", "check-ignore", *places]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_an_unpacked_wheel_finds_what_it_holds(wheel, tmp_path):
    """Its scenarios and experiments lie within the package, not beside it as in a checkout."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = """if True:
        import json
        import redline
        from redline.case import load_scenario
        from redline.support import built_in
        load_scenario("standoff_2019_2021")
        kinds = ("scenarios", "experiments")
        print(json.dumps([redline.__file__, *(sorted(map(str, built_in(k))) for k in kinds)]))"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    place, *found = json.loads(done.stdout)
    assert place == str(tmp_path / "redline" / "__init__.py")
    for kind, names in zip(("scenarios", "experiments"), found, strict=True):
        assert names == sorted(path.stem for path in (ROOT / kind).glob("*.toml"))


def test_no_public_name_is_hidden_by_a_module():
    # Importing a submodule sets an attribute of the package: names must not collide.
    import pkgutil

    modules = {module.name for module in pkgutil.iter_modules(redline.__path__)}
    assert not modules & set(redline.__all__)
    for name in redline.__all__:
        assert getattr(redline, name) is getattr(redline, name)
    assert set(dir(redline)) >= set(redline.__all__)


def test_the_sdist_holds_all_that_is_tracked_and_builds_the_same_wheel(wheel, sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (top,) = tmp_path.iterdir()
    for name in tracked_files():
        if not name.startswith("."):
            assert (top / name).is_file(), name
    again = build("wheel", top, tmp_path / "dist")
    ours, theirs = zipfile.ZipFile(wheel), zipfile.ZipFile(again)
    assert ours.namelist() == theirs.namelist()
    for name in ours.namelist():
        assert ours.read(name) == theirs.read(name), name


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with nothing in it but the wheel; its dependencies are lent to it."""
    folder = tmp_path_factory.mktemp("empty") / "env"
    venv.create(folder, with_pip=False, symlinks=True)
    install = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet"]
    offline = ["--no-index", "--no-deps", "--disable-pip-version-check", str(wheel)]
    subprocess.run([*install, *offline], check=True, capture_output=True)
    (site,) = folder.glob("lib/python*/site-packages")
    # A path that a .pth names is searched, but its own .pth (our editable one) is not read.
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "lent.pth").write_text("\n".join(sorted(lent)) + "\n")
    return folder


@pytest.mark.second_tier(
    "compiles the engine anew; test_an_unpacked_wheel_finds_what_it_holds stands for it"
)
def test_an_installed_wheel_does_all_from_an_empty_environment(installed, tmp_path):
    home = {"HOME": str(tmp_path), "PATH": str(installed / "bin"), "LC_ALL": "C.UTF-8"}
    version = redline.__version__

    def run(*arguments):
        done = subprocess.run(
            [str(installed / "bin" / "redline"), *arguments],
            cwd=tmp_path, env=home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    assert run("--version").startswith(f"redline {version} (")
    where = "import redline; print(redline.__file__)"
    place = subprocess.run(
        [str(installed / "bin" / "python"), "-c", where], env=home, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    assert place.startswith(str(installed))
    assert "standoff_2019_2021" in run("scenarios")
    assert json.loads(run("run", "talks_2021", "-n", "20", "--json"))["outcomes"]
    assert "C5" in run("experiment", "C5", "-n", "50")
    run("page", "-o", "lesson.html")
    spread = ("--executor", "processes", "--workers", "1")
    run("sweep", "fear_of_war", "-n", "2", "-o", "swept", *spread)
    run("report", "swept", "-o", "report.html")
    assert {path.name for path in tmp_path.iterdir()} >= {"lesson.html", "swept", "report.html"}


FUNCTIONS = [
    name
    for name in redline.__all__
    if inspect.isfunction(getattr(redline, name)) and name != "trace"
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_of_a_public_function_is_told(name):
    function = getattr(redline, name)
    told = inspect.getdoc(function)
    given = [
        one.name
        for one in inspect.signature(function).parameters.values()
        if one.kind != one.VAR_KEYWORD
    ]
    if "those of `" in told:  # of a function that is named
        told += inspect.getdoc(getattr(redline, re.search(r"those of `(\w+)`", told)[1]))
    assert [one for one in given if not re.search(rf"\b{one}\b", told.partition("\n")[2])] == []
    for one in inspect.signature(function).parameters.values():
        assert one.annotation is not one.empty, one
