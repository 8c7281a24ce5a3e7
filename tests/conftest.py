"""What tests share: the tiers, compiled code, Hypothesis settings, the command line, a browser."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings

# Workers share the processors; on small matrices the threads of OpenBLAS only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile(
    "ci", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("ci")


def pytest_runtest_setup(item):
    """See that a test of the second tier says why it is there."""
    for mark in item.iter_markers("second_tier"):
        if len(mark.args) != 1 or not str(mark.args[0]).strip():
            pytest.fail("second_tier needs a reason", pytrace=False)


def pytest_sessionstart(session):
    """Compile the engine once, before workers start; they and their children find it on disk."""
    if os.environ.get("PYTEST_XDIST_WORKER") or session.config.option.collectonly:
        return
    from redline.engine.native import compiled
    from redline.results.simulation import simulate

    with suppress(Exception):  # of what is broken the tests tell
        simulate("baseline", 1)
    folder = compiled.cache_folder()
    if folder is not None:  # tests that set another home folder find it, too
        os.environ.setdefault("NUMBA_CACHE_DIR", str(folder.parent.parent))


@pytest.fixture
def cli(capsys, tmp_path, monkeypatch):
    """Run the command line in a fresh working folder: status, output, errors."""
    from redline.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return exit_.value.code, out, err

    return run


@pytest.fixture
def undrawn(monkeypatch):
    """Runs and reports without their figures, which take longest: others look at them."""
    monkeypatch.setattr(
        "redline.cli.commands.run._draw", lambda run, folder: (folder / "outcomes.png").touch()
    )
    monkeypatch.setattr("redline.figures.report_page._figures", lambda results: ())


@pytest.fixture
def shell(tmp_path):
    """Run the command line as a process of its own."""

    def run(*arguments, **options):
        command = [sys.executable, "-m", "redline", *map(str, arguments)]
        environment = {**os.environ, **options.pop("env", {})}
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=options.pop("cwd", tmp_path),
            env=environment,
            timeout=300,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def browser():
    """A real browser, Debian's Chromium; its absence is a failure where REDLINE_BROWSER says so."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        reason = "no Chromium is installed (apt-get install chromium)"
        if os.environ.get("REDLINE_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def lesson():
    """The text of the default lesson."""
    from redline.case.scenario_file import load_scenario
    from redline.lesson.lesson_page import lesson_html

    return lesson_html(load_scenario("standoff_2019_2021"), load_scenario("talks_2021"))
