"""The wheel: scenarios travel inside it, and it works from anywhere."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import redline

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_package_and_scenarios(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for path in (ROOT / "scenarios").glob("*.toml"):
        assert f"redline/scenarios/{path.name}" in names
    for path in (ROOT / "experiments").glob("*.toml"):
        assert f"redline/experiments/{path.name}" in names
    assert "redline/data/events_2018_2021.csv" in names
    assert {"redline/report.html", "redline/report.css"} <= set(names)
    assert "redline/py.typed" in names
    assert not [name for name in names if name.startswith("tests")]


def test_no_public_name_is_hidden_by_a_module():
    # Importing a submodule sets an attribute of the package: names must not collide.
    import pkgutil

    modules = {module.name for module in pkgutil.iter_modules(redline.__path__)}
    assert not modules & set(redline.__all__)
    for name in redline.__all__:
        assert getattr(redline, name) is getattr(redline, name)
    assert set(dir(redline)) >= set(redline.__all__)


def test_an_unpacked_wheel_runs_a_scenario_by_name_from_anywhere(wheel, tmp_path):
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import redline, redline.library\n"
        "print(redline.library.folder('scenarios'))\n"
        "print(len(redline.simulate('talks_2021', 3)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [str(site / "redline" / "scenarios"), "3"], done.stderr
