"""What several tests share: Hypothesis settings, and the command line, here or as a process."""

import os
import shutil
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("ci")


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
    from redline.page.lesson import lesson_html
    from redline.scenario_file import load

    return lesson_html(load("standoff_2019_2021"), load("talks_2021"))
